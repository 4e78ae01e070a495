package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
)

func TestTranscribeANoteAgain(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.App.SpeechModels = func() []string { return []string{"base", "small"} }
	b.App.Speech = func(model string) (talkit.SpeechModel, error) {
		if !slices.Contains([]string{"", "base", "small"}, model) {
			return talkit.SpeechModel{}, talkit.Errorf(talkit.Invalid, "There is base, small.")
		}
		return talkit.SpeechModel{Name: "base", Languages: []string{"de", "en"}}, nil
	}
	r := b.note(heard("Met with Tim."), nil)
	path := notePath(r.ID)
	b.sees(path, "Transcribe again")
	b.sees(path+"/transcribe", "base (usual)", `value="small"`, ">German</option>", "!>French")
	b.refused(http.StatusUnprocessableEntity, b.post(path+"/transcribe", "language", "fr"), "it knows de, en")
	b.refused(http.StatusUnprocessableEntity, b.post(path+"/transcribe", "model", "huge"), "There is base, small.")
	b.sent(b.post(path+"/transcribe", "model", "small", "language", "en"), path+"?done=transcribing")
	b.sees(path, "data-live", "Waits for its turn to be transcribed again", ">Tim.</span>", "!Try another way")
	if err := b.App.Waiting(t.Context(), r.ID, talkit.WaitingForEngine); err != nil {
		t.Fatal(err)
	}
	b.sees(path, "data-live", "Waits for the speech engine, to be transcribed again", ">Tim.</span>")
	b.sent(b.post(path+"/transcribe", "model", "small"), path+"?done=transcribing") // another way, while it has not begun

	now, err := b.App.DB.Recording(t.Context(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.prepare(talkit.Recording{Run: now.Again}, app.Prepared{Duration: 90 * time.Second, Engine: "whisper small", Pieces: []talkit.Piece{{End: 10}}})
	b.refused(http.StatusConflict, b.post(path+"/transcribe"), "already")
	err = b.App.FinishRun(t.Context(), now.Again.ID, func([]talkit.Piece) talkit.Segments { return heard("Met with Tom.") })
	if err != nil {
		t.Fatal(err)
	}
	b.sees(path, ">Tom.</span>", "last by the speech engine", "!whisper", path+"/versions?from=1&amp;to=2#compared", "!data-live")
	b.sees(path+"/versions", "Written by the speech engine", "!whisper", "</span>Tim.</del>")

	b.sent(b.post(path+"/transcribe"), path+"?done=transcribing")
	if now, err = b.App.DB.Recording(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.App.FailRun(t.Context(), now.Again.ID, "The engine broke."); err != nil {
		t.Fatal(err)
	}
	b.sees(path, "The engine broke. The text is as it was.", ">Tom.</span>", "!data-live")

	yes := true
	if _, err := b.App.ChangeUser(t.Context(), talkit.Operator, b.Email, app.UserChange{Review: &yes}); err != nil {
		t.Fatal(err)
	}
	b.sent(b.post(path+"/transcribe"), path+"?done=transcribing")
	if now, err = b.App.DB.Recording(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	b.prepare(talkit.Recording{Run: now.Again}, app.Prepared{Duration: 90 * time.Second, Engine: "whisper small", Pieces: []talkit.Piece{{End: 10}}})
	err = b.App.FinishRun(t.Context(), now.Again.ID, func([]talkit.Piece) talkit.Segments { return heard("Met with Tam.") })
	if err != nil {
		t.Fatal(err)
	}
	b.sees(path, "A new text waits for you.", "is version 3", path+"/versions", ">Tom.</span>", "!data-live", "!did not work")
	b.sees(path+"/versions", "Tam.</del>", "version 3</span>")
	b.sent(b.post(path+"/versions/3/restore"), path+"?done=restored")
	b.sees(path, ">Tam.</span>", "!waits for you")
}

// TestOnlyAnEngineTranscribesAgain: where a person writes the texts it is not
// offered.
func TestOnlyAnEngineTranscribesAgain(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	path := notePath(b.note(heard("Met with Tim."), nil).ID)
	b.sees(path, "Transcribe again")
	b.App.Speech = func(string) (talkit.SpeechModel, error) { return talkit.SpeechModel{Name: "manual", ByHand: true}, nil }
	b.sees(path, "Tim.", "!Transcribe again")
}

func TestANoteSaysWhoSpeaks(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	segments := heard("How much?", "Two pounds.", "Thanks.")
	for i, channel := range []int{1, 2, 2} {
		segments[i].Channel = &channel
	}
	path := notePath(b.note(segments, nil).ID)
	page := b.sees(path, "Channel 1</div>", "Channel 2</div>")
	if n := strings.Count(page, "Channel 2"); n != 1 {
		t.Errorf("it says %d times who speaks", n)
	}
	b.sees(notePath(b.note(heard("Met with Tim."), nil).ID), "!Channel")
}

func TestTimeLeft(t *testing.T) {
	t.Parallel()
	for seconds, want := range map[float64]string{0: "", 4: "less than two minutes left", 600: "about 10 minutes left", 7200: "about 2 hours left"} {
		run := talkit.Run{Status: talkit.RunRunning, PiecesLeft: 2, PaceSeconds: seconds, PacePieces: 2}
		if seconds == 0 {
			run.PacePieces = 1
		}
		if got := timeLeft(run); got != want {
			t.Errorf("%v s: %q, want %q", seconds, got, want)
		}
	}
}
