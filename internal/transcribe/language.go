package transcribe

import (
	"context"
	"fmt"
	"io"
	"slices"

	"talkit/internal/audio"
	"talkit/internal/speech"
)

const (
	// sure is the probability from which a guess is believed. Measured: on
	// silence the guess is "nn" at 0.48.
	sure = 0.5

	maxGuesses = 3  // pieces with speech that are asked for their language
	maxPieces  = 20 // pieces that are looked through for speech
)

// Language finds the language of a recording, an ISO 639-1 code, from its
// first pieces with speech: what the engine is sure of, else fallback (the
// user's own), else its best guess; "" where there is no speech. sound is the
// decoded recording, pieces are those of Prepare.
func Language(ctx context.Context, engine speech.Engine, sound Sound, pieces []Cut, fallback string) (string, error) {
	best, bestProbability, guesses := "", 0.0, 0
	for _, piece := range pieces[:min(len(pieces), maxPieces)] {
		pcm, err := sound.Read(piece)
		if err != nil {
			return "", err
		}
		language, probability, err := engine.DetectLanguage(ctx, pcm)
		switch {
		case err != nil:
			return "", fmt.Errorf("detect language: %w", &engineError{err})
		case language == "":
			continue
		case probability >= sure:
			return language, nil
		case probability > bestProbability || best == "":
			best, bestProbability = language, probability
		}
		if guesses++; guesses == maxGuesses {
			break
		}
	}
	if fallback != "" {
		return fallback, nil
	}
	return best, nil
}

// LanguageAt is Language for whoever has one of the pieces in hand, which is
// asked first: "" where nobody speaks in that one.
func LanguageAt(ctx context.Context, engine speech.Engine, sound Sound, piece Cut, pieces []Cut) (string, error) {
	pcm, err := sound.Read(piece)
	if err != nil {
		return "", err
	}
	language, probability, err := engine.DetectLanguage(ctx, pcm)
	if err != nil {
		return "", fmt.Errorf("detect language: %w", err)
	}
	if language == "" || probability >= sure {
		return language, nil
	}
	others := slices.DeleteFunc(slices.Clone(pieces), func(other Cut) bool { return other == piece })
	return Language(ctx, engine, sound, append([]Cut{piece}, others...), "")
}

// Sound is a decoded recording.
type Sound struct {
	io.ReaderAt
	Channels int  // 2 are interleaved
	Apart    bool // each of them holds speech of its own
}

// Read gives the bytes of a piece.
func (s Sound) Read(piece Cut) ([]byte, error) {
	channels := int64(max(1, s.Channels))
	pcm := make([]byte, channels*piece.Len())
	if _, err := io.ReadFull(io.NewSectionReader(s, channels*piece.Start, channels*piece.Len()), pcm); err != nil {
		return nil, fmt.Errorf("read a piece of sound: %w", err)
	}
	switch {
	case channels == 2 && s.Apart && piece.Channel > 0:
		return audio.ChannelAlone(pcm, piece.Channel), nil
	case channels == 2:
		return audio.Channel(pcm, piece.Channel), nil
	}
	return pcm, nil
}
