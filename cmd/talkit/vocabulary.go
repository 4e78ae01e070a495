package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"talkit"
	"talkit/internal/config"
	"talkit/internal/server"
	"talkit/wire"
)

type vocabularyCmd struct {
	Show   vocabularyShowCmd   `cmd:"" help:"Print a person's words and replacements, one a line, as set reads them."`
	Set    vocabularySetCmd    `cmd:"" help:"Put a whole vocabulary in place of the one there was."`
	Add    vocabularyAddCmd    `cmd:"" help:"Add words, or replacements written as \"heard = write\"."`
	Remove vocabularyRemoveCmd `cmd:"" help:"Remove words, or replacements by what is heard."`
}

type vocabularyShowCmd struct {
	config.Config `group:"Settings"`
	User          string `required:"" placeholder:"E-MAIL" help:"Whose."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Run prints it.
func (v *vocabularyShowCmd) Run(c *command) error {
	return c.onPerson(&v.Config, v.User, func(parts *server.Parts, person talkit.User) error {
		own, err := parts.DB.Vocabulary(c, person.ID)
		if err != nil {
			return err
		}
		return c.printVocabulary(own, v.JSON)
	})
}

func (c *command) printVocabulary(v talkit.Vocabulary, asJSON bool) error {
	if asJSON {
		return c.printJSON(wire.Maker{}.Vocabulary(v))
	}
	_, err := io.WriteString(c.out, v.Words.Lines()+v.Replacements.Lines())
	return err
}

type vocabularySetCmd struct {
	config.Config `group:"Settings"`
	User          string `required:"" placeholder:"E-MAIL" help:"Whose."`
	File          string `arg:"" default:"-" help:"A word or \"heard = write\" a line; - is standard input."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// maxVocabulary is more than any vocabulary takes, in bytes.
const maxVocabulary = 1 << 20

// Run reads the file before anything is changed.
func (v *vocabularySetCmd) Run(c *command) error {
	text, err := readVocabulary(v.File)
	if err != nil {
		return err
	}
	read, err := talkit.ParseVocabulary(text)
	if err != nil {
		return err
	}
	return c.changeVocabulary(&v.Config, v.User, v.JSON, func(own *talkit.Vocabulary) error {
		own.Words, own.Replacements = read.Words, read.Replacements
		return nil
	})
}

func readVocabulary(path string) (string, error) {
	file := os.Stdin
	if path != "-" {
		var err error
		if file, err = os.Open(path); err != nil {
			return "", err
		}
		defer file.Close()
	}
	text, err := io.ReadAll(io.LimitReader(file, maxVocabulary+1))
	if err == nil && len(text) > maxVocabulary {
		err = errors.New("this is too long to be a vocabulary")
	}
	return string(text), err
}

// changeVocabulary changes a person's and prints what there is then.
func (c *command) changeVocabulary(settings *config.Config, email string, asJSON bool, change func(*talkit.Vocabulary) error) error {
	return c.onPerson(settings, email, func(parts *server.Parts, person talkit.User) error {
		own, err := parts.App.ChangeVocabulary(c, talkit.Operator, person.ID, change)
		if err != nil {
			return err
		}
		if asJSON {
			return c.printVocabulary(own, true)
		}
		fmt.Fprintf(c.out, "User %d, %s, has %d words and %d replacements.\n", person.ID, person.Email, len(own.Words), len(own.Replacements))
		return nil
	})
}

type vocabularyAddCmd struct {
	config.Config `group:"Settings"`
	User          string   `required:"" placeholder:"E-MAIL" help:"Whose."`
	Lines         []string `arg:"" name:"word" help:"A word, or \"heard = write\"."`
	JSON          bool     `name:"json" help:"Print JSON."`
}

// Run may be repeated: what is there already stays, a replacement is changed.
func (v *vocabularyAddCmd) Run(c *command) error {
	added, err := talkit.ParseVocabulary(strings.Join(v.Lines, "\n"))
	if err != nil {
		return err
	}
	return c.changeVocabulary(&v.Config, v.User, v.JSON, func(own *talkit.Vocabulary) error {
		for _, word := range added.Words {
			if len(own.Words.Without(word)) == len(own.Words) {
				own.Words = append(own.Words, word)
			}
		}
		for _, r := range added.Replacements {
			own.Replacements = append(own.Replacements.Without(r.Heard), r)
		}
		return nil
	})
}

type vocabularyRemoveCmd struct {
	config.Config `group:"Settings"`
	User          string   `required:"" placeholder:"E-MAIL" help:"Whose."`
	Lines         []string `arg:"" name:"word" help:"A word, or what a replacement is about."`
	JSON          bool     `name:"json" help:"Print JSON."`
}

// Run says where there is no such thing, and changes nothing then.
func (v *vocabularyRemoveCmd) Run(c *command) error {
	return c.changeVocabulary(&v.Config, v.User, v.JSON, func(own *talkit.Vocabulary) error {
		for _, line := range slices.Compact(v.Lines) {
			words, replacements := own.Words.Without(line), own.Replacements.Without(line)
			if len(words) == len(own.Words) && len(replacements) == len(own.Replacements) {
				return talkit.Errorf(talkit.NotFound, "There is no %q in the vocabulary of %s; nothing was changed.", line, v.User)
			}
			own.Words, own.Replacements = words, replacements
		}
		return nil
	})
}
