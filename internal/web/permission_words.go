package web

import (
	"strings"

	"talkit"
)

// choice is an access level that a plugin can ask for, in words: Title and
// Detail for who is asked for it, Label and Meaning for who builds the plugin.
type choice struct{ Resource, Level, Icon, Title, Detail, Label, Meaning string }

// permissionChoices are what a plugin can ask for, a list for each resource,
// in the order in which people read it. It is the one table of these words.
var permissionChoices = []struct {
	Resource, Label string
	Levels          []choice
}{
	{talkit.ResourceTranscript, "Transcripts", []choice{
		{talkit.ResourceTranscript, talkit.AccessNone, "note", "Not the text of your notes", "Neither the words nor the titles.",
			"None", "No transcripts, and no webhooks about them."},
		{talkit.ResourceTranscript, talkit.AccessRead, "note", "Read the text of your notes", "Those you have released, from today on and before.",
			"Read", "Released transcripts with timed words, captions and exports, and the webhooks about them."},
		{talkit.ResourceTranscript, talkit.AccessWrite, "edit", "Read and change the text of your notes", "Those you have released, from today on and before.",
			"Read and write", "The same; writing has no operation yet."}}},
	{talkit.ResourceAudio, "Audio", []choice{
		{talkit.ResourceAudio, talkit.AccessNone, "wave", "Not your recordings", "None of the sound.", "None", "No sound."},
		{talkit.ResourceAudio, talkit.AccessRead, "wave", "Listen to your recordings", "The sound itself, not only the words.",
			"Read", "The sound of released transcripts."}}},
	{talkit.ResourceRecording, "Recordings", []choice{
		{talkit.ResourceRecording, talkit.AccessNone, "mic", "Add nothing", "It cannot make notes for you.", "None", "It submits nothing."},
		{talkit.ResourceRecording, talkit.AccessWrite, "mic", "Add recordings to your notes", "As if you had dictated them. It sees how far those have come, and no others.",
			"Write", "It submits recordings for the person, and sees those it submitted."}}},
	{talkit.ResourceUser, "User", []choice{
		{talkit.ResourceUser, talkit.AccessNone, "person", "Not your name", "Nor your e-mail address.", "None", "Not even a name."},
		{talkit.ResourceUser, talkit.AccessRead, "person", "See your name", "Not your e-mail address.",
			"Read", "First and last name of the person who installed it."}}},
}

// permissionWords is an access level to a resource, in words.
func permissionWords(resource, level string) choice {
	for _, of := range permissionChoices {
		for _, c := range of.Levels {
			if c.Resource == resource && c.Level == level {
				return c
			}
		}
	}
	return choice{Resource: resource, Level: level, Icon: "plug", Title: resource + ": " + level}
}

// grantWords is what permissions permit, in words.
func grantWords(p talkit.Permissions) []choice {
	var words []choice
	for _, of := range permissionChoices {
		if level := p.Level(of.Resource); level != talkit.AccessNone {
			words = append(words, permissionWords(of.Resource, level))
		}
	}
	return words
}

// mayWords is what permissions permit, in a sentence.
func mayWords(p talkit.Permissions) string {
	var titles []string
	for _, c := range grantWords(p) {
		titles = append(titles, strings.ToLower(c.Title[:1])+c.Title[1:])
	}
	switch n := len(titles); n {
	case 0:
		return "May read nothing."
	case 1:
		return "May " + titles[0] + "."
	default:
		return "May " + strings.Join(titles[:n-1], ", ") + " and " + titles[n-1] + "."
	}
}

// boundWords is what permissions mean beyond what they permit.
func boundWords(p talkit.Permissions) string {
	var words []string
	if p.Allows(talkit.ResourceTranscript, talkit.AccessRead) {
		words = append(words, "It hears of each new note at once.")
	}
	writes, adds := p.Allows(talkit.ResourceTranscript, talkit.AccessWrite), p.Allows(talkit.ResourceRecording, talkit.AccessWrite)
	switch {
	case writes:
		words = append(words, "It cannot delete anything.")
	case adds:
		words = append(words, "It cannot change or delete what is there.")
	default:
		words = append(words, "It cannot change or delete anything.")
	}
	return strings.Join(words, " ")
}

// usedWords is what a plugin last did, as the installation notes it.
func usedWords(what string) string {
	if words, ok := map[string]string{
		"transcripts": "Last read your notes",
		"audio":       "Last listened to a recording",
		"name":        "Last looked up your name",
		"recordings":  "Last added or looked at a recording",
	}[what]; ok {
		return words
	}
	return "Last active"
}
