package talkit_test

import (
	"testing"

	"talkit"
)

// TestForPlugins: a short note is its own title, which must go with the text.
func TestForPlugins(t *testing.T) {
	t.Parallel()
	const text = "Ring the clinic about the second result."
	note := talkit.Transcript{ID: 7, Name: talkit.Title(text), Text: text, Description: talkit.Abstract(text),
		Metadata: talkit.Metadata{"case": "1"}, Audio: talkit.Audio{Key: "k"}}
	if got := note.ForPlugins(); got.Name != note.Name || got.Text != text {
		t.Errorf("released: %+v", got)
	}
	note.Disabled = true
	if got := note.ForPlugins(); got.ID != 7 || !got.Disabled || got.Name+got.Text+got.Description+got.Audio.Key != "" || len(got.Metadata) != 0 {
		t.Errorf("withdrawn: %+v", got)
	}
	note.Name = "Tuesday"
	if got := note.ForPlugins(); got.Name != "Tuesday" {
		t.Errorf("a title that was given became %q", got.Name)
	}
}
