package transcribe

import (
	"context"
	"fmt"
	"io"

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
func Language(ctx context.Context, engine speech.Engine, sound io.ReaderAt, pieces []audio.Range, fallback string) (string, error) {
	best, bestProbability, guesses := "", 0.0, 0
	for _, piece := range pieces[:min(len(pieces), maxPieces)] {
		pcm, err := Read(sound, piece)
		if err != nil {
			return "", err
		}
		language, probability, err := engine.DetectLanguage(ctx, pcm)
		switch {
		case err != nil:
			return "", fmt.Errorf("detect language: %w", err)
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

// Read gives the bytes of a piece.
func Read(sound io.ReaderAt, piece audio.Range) ([]byte, error) {
	pcm := make([]byte, piece.Len())
	if _, err := io.ReadFull(io.NewSectionReader(sound, piece.Start, piece.Len()), pcm); err != nil {
		return nil, fmt.Errorf("read a piece of sound: %w", err)
	}
	return pcm, nil
}
