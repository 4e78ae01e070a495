package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// hostile are texts that encoders are known to spell differently.
var hostile = []string{
	"", " ", "plain", `"`, `\`, `\\`, `\"`, "/", "</script>", "<&>", "'",
	"\u2028", "\u2029", "\ufffd", `\u2028`, `\\u2028`, `\\\u2028`, `\u2029`, `\ufffd`, `\` + "\u2028", "\\\\\u2029\\",
	"\x00\x01\b\t\n\v\f\r\x1f\x7f", "\u0085\u00a0\ufeff", "😀👩‍👩‍👧", "e\u0301", "مرحبا", "\U0010ffff", "\ue000", "\uffff",
	"__proto__", "constructor", "null", "1", "-0", "1e400", strings.Repeat("long \u2028 text \\ ", 20_000),
}

type sample struct {
	Text    string            `json:"text"`
	Pairs   map[string]string `json:"pairs"`
	Integer int64             `json:"integer"`
	Float   float64           `json:"float"`
	Small   float32           `json:"small"`
	Event   Event             `json:"event"`
	None    *string           `json:"none"`
	Many    []any             `json:"many"`
}

// TestEncodeAgainstNode compares thousands of random values with what
// JavaScript makes of them.
func TestEncodeAgainstNode(t *testing.T) {
	t.Parallel()
	node := needNode(t)
	const seed, count = 4, 20_000
	t.Logf("seed %d, %d values", seed, count)
	random := rand.New(rand.NewPCG(seed, seed))
	var lines bytes.Buffer
	for i := range count {
		lines.Write(encoded(t, randomSample(random, i)))
		lines.WriteByte('\n')
	}
	cmd := exec.CommandContext(t.Context(), node, "-e", `
		const parts = [];
		process.stdin.on("data", part => parts.push(part)).on("end", () => {
			const lines = Buffer.concat(parts).toString().split("\n").slice(0, -1);
			const wrong = lines.filter(line => JSON.stringify(JSON.parse(line)) !== line);
			console.log(lines.length, wrong.length, wrong.length ? JSON.stringify(wrong[0].slice(0, 500)) : "");
		});`)
	cmd.Stdin, cmd.Stderr = &lines, os.Stderr
	said, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.TrimSpace(string(said)), fmt.Sprint(count, " 0"); got != want {
		t.Errorf("node read and found different: %s, want %s", got, want)
	}
}

// encoded is v as Encode writes it, seen to mean the same as v.
func encoded(t *testing.T, v sample) []byte {
	t.Helper()
	body, err := Encode(v)
	if err != nil {
		t.Fatalf("%+v: %v", v, err)
	}
	var back sample
	if err := json.Unmarshal(body, &back); err != nil {
		t.Fatal(err)
	}
	back.Event.Data = v.Event.Data
	back.Many, v.Many = nil, nil
	if !reflect.DeepEqual(back, v) {
		t.Fatalf("encoded %+v, read back %+v", v, back)
	}
	return body
}

func randomSample(random *rand.Rand, i int) sample {
	s := sample{
		Text:    randomText(random),
		Pairs:   map[string]string{"k" + randomText(random): randomText(random), "a": "", "B": "\u2028"},
		Integer: random.Int64N(1<<54) - 1<<53,
		Float:   randomFloat(random),
		Small:   random.Float32() * float32(math.Pow(10, float64(random.IntN(60)-30))),
		Many:    []any{randomText(random), randomFloat(random), nil, true, []int{}, map[string]any{}},
	}
	if i < len(hostile) { // each of them for certain
		s.Text = hostile[i]
	}
	s.Event = Event{ID: "evt_1", Type: "transcript.completed", Data: Transcript{ID: "1", Text: s.Text, Metadata: s.Pairs}}
	return s
}

// randomText strings together hostile texts and random characters.
func randomText(random *rand.Rand) string {
	var text strings.Builder
	for range random.IntN(6) {
		if i := random.IntN(2 * len(hostile)); i < len(hostile)-1 {
			text.WriteString(hostile[i])
			continue
		}
		r := rune(random.IntN(utf8.MaxRune + 1))
		if random.IntN(2) == 0 {
			r = rune(random.IntN(0x80))
		}
		if utf8.ValidRune(r) {
			text.WriteRune(r)
		}
	}
	return text.String()
}

func randomFloat(random *rand.Rand) float64 {
	switch random.IntN(3) {
	case 0:
		return float64(random.IntN(2_000_000)-1_000_000) / 1000
	case 1:
		return (random.Float64() - 0.5) * math.Pow(10, float64(random.IntN(60)-30))
	}
	if f := math.Float64frombits(random.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
		return f
	}
	return math.MaxFloat64
}

func TestEncodeSpelling(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value any
		want  string
	}{
		{hostile[len(hostile)-1], quoted(hostile[len(hostile)-1])},
		{map[string]string{"b\u2028": "<>&", "a": `\u2028`}, `{"a":"\\u2028","b` + "\u2028" + `":"<>&"}`},
		{[]float64{math.Copysign(0, -1), 1e21, 1e-7, 5, -0.5}, `[0,1e+21,1e-7,5,-0.5]`},
		{math.Copysign(0, -1), "0"},
		{int64(1) << 53, "9007199254740992"},
		{int64(-1), "-1"},
		{json.RawMessage(`{ "a" : [ 1 , 2 ] }`), `{"a":[1,2]}`},
		{time.Unix(0, 0).UTC(), `"1970-01-01T00:00:00Z"`},
		{map[string]int{"": 1, "1a": 2, "-1": 3}, `{"":1,"-1":3,"1a":2}`},
	} {
		got, err := Encode(c.value)
		if err != nil || string(got) != c.want {
			t.Errorf("Encode(%v) = %s, %v; want %s", c.value, got, err, c.want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{
		"invalid UTF-8":              "a\xffb",
		"half a surrogate":           "\xed\xa0\x80",
		"invalid UTF-8 in a key":     map[string]int{"a\xff": 1},
		"invalid UTF-8 in raw JSON":  json.RawMessage("\"\xff\""),
		"infinity":                   math.Inf(1),
		"not a number":               math.NaN(),
		"an integer over 2^53":       int64(1)<<53 + 1,
		"a key that is an integer":   map[string]int{"12": 1},
		"a number of its own":        json.Number("1.0"),
		"a number out of range":      json.Number("1e999"),
		"an escape of its own":       json.RawMessage(`"\u0041"`),
		"an escaped slash":           json.RawMessage(`"\/"`),
		"a long escape of a newline": json.RawMessage(`"\u000a"`),
		"an escape in upper case":    json.RawMessage(`"\u001F"`),
		"half a surrogate, escaped":  json.RawMessage(`"\ud800"`),
	} {
		if got, err := Encode(value); err == nil {
			t.Errorf("%s: Encode gave %s, want an error", name, got)
		}
	}
}

func FuzzEncode(f *testing.F) {
	for _, text := range hostile {
		f.Add(text, text, 1.5, int64(7))
	}
	f.Fuzz(func(t *testing.T, text, key string, float float64, integer int64) {
		body, err := Encode(map[string]any{key: text, "f\u2028" + key: float, "i" + key: integer})
		if err != nil {
			if fits(text, key, float, integer) {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		if !bytes.Contains(body, []byte(quoted(key)+":"+quoted(text))) {
			t.Fatalf("%s does not hold %s", body, quoted(text))
		}
		var back map[string]any
		if err := json.Unmarshal(body, &back); err != nil || back["i"+key] != float64(integer) || back["f\u2028"+key] != float {
			t.Fatalf("%s reads back as %v, %v", body, back, err)
		}
	})
}

// fits tells whether Encode has no reason to refuse such values.
func fits(text, key string, float float64, integer int64) bool {
	return utf8.ValidString(text+key) && utf8.ValidString(text) && !looksLikeInteger([]byte(key)) &&
		!math.IsNaN(float) && !math.IsInf(float, 0) && integer <= 1<<53 && integer >= -1<<53
}

// quoted spells text as QuoteJSONString of ECMA-262 does.
func quoted(text string) string {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}
	var out strings.Builder
	for _, r := range text {
		if escape, ok := short[r]; ok {
			out.WriteString(escape)
		} else if r < 0x20 {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return `"` + out.String() + `"`
}

// needNode finds node, without which a plain test leaves this one out.
func needNode(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		return node
	}
	if os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatal("node is missing: install the package nodejs (make test does it)")
	}
	t.Skip("left out: needs node (make test installs it)")
	return ""
}

func BenchmarkEncode(b *testing.B) {
	event := Event{ID: "evt_1", Type: "transcript.completed", Data: Transcript{ID: "1", Text: strings.Repeat("one hundred words of a note. ", 20)}}
	body, _ := Encode(event)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := Encode(event); err != nil {
			b.Fatal(err)
		}
	}
}
