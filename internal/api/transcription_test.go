package api

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"talkit"
)

// What is larger than what is transcribed at once is refused, by its length
// before it is read, and where that is not said once it came so far.
func TestATranscriptionHasABound(t *testing.T) {
	t.Parallel()
	request := func(length int64) *transcription {
		r := httptest.NewRequest(http.MethodPost, "/v1/audio/transcriptions", strings.NewReader(""))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		r.ContentLength = length
		return &transcription{r: r, w: httptest.NewRecorder()}
	}
	a := &API{Options: Options{MaxUpload: 2 << 30}}
	err := request(600<<20).read(t.Context(), a, false)
	if talkit.KindOf(err) != talkit.TooLarge || !strings.Contains(err.Error(), "536870912 bytes") || !strings.Contains(err.Error(), "POST /recordings") {
		t.Errorf("%v", err)
	}
	if err := request(500<<20).read(t.Context(), a, false); talkit.KindOf(err) == talkit.TooLarge {
		t.Errorf("less than that: %v", err)
	}
	small := &API{Options: Options{MaxUpload: 1000}}
	in := request(-1)
	in.r.Body = io.NopCloser(strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + strings.Repeat("s", 1001) + "\r\n--x--\r\n"))
	if err := in.read(t.Context(), small, false); talkit.KindOf(err) != talkit.TooLarge || !strings.Contains(err.Error(), "1000 bytes") {
		t.Errorf("%v", err)
	}
}
