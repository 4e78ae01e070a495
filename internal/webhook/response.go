package webhook

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"talkit"
)

// MaxRetryAfter bounds how long a receiver can put us off.
const MaxRetryAfter = 24 * time.Hour

// maxDrained is how much of an answer is read so that its connection can be
// used again; a longer one costs its receiver the connection.
const maxDrained = 64 << 10

// read takes what is of interest from an answer and closes it. An error while
// reading is none of the delivery's: the status has been said.
func read(response *http.Response, now time.Time) Result {
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, talkit.MaxLoggedBody+utf8.UTFMax))
	io.CopyN(io.Discard, response.Body, maxDrained)
	result := Result{StatusCode: response.StatusCode, ResponseBody: Excerpt(body)}
	if response.StatusCode/100 != 2 {
		result.Error = explainStatus(response.StatusCode)
		result.RetryAfter = retryAfter(response.Header.Get("Retry-After"), now)
	}
	return result
}

func explainStatus(code int) string {
	words := strings.TrimSpace(fmt.Sprint(code, " ", http.StatusText(code)))
	if code/100 == 3 {
		return fmt.Sprintf("The receiver answered with a redirect (%s), which is not followed. Give the address it leads to.", words)
	}
	return fmt.Sprintf("The receiver answered %s; only 2xx is success.", words)
}

// retryAfter reads the header of that name, seconds or a date (RFC 9110,
// section 10.2.3). What cannot be read asks for nothing.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.Atoi(value)
		if err != nil || seconds > int(MaxRetryAfter/time.Second) {
			return MaxRetryAfter
		}
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(value); err == nil {
		wait = date.Sub(now)
	}
	return max(0, min(wait, MaxRetryAfter))
}

// Excerpt is the beginning of a body as attempts keep it: at most
// talkit.MaxLoggedBody bytes of valid UTF-8 without U+0000. What does not fit
// that is shown as U+FFFD; no character is cut in two.
func Excerpt(body []byte) string {
	text := strings.ToValidUTF8(string(head(body)), "\ufffd")
	return head(strings.ReplaceAll(text, "\x00", "\ufffd"))
}

func head[T ~string | ~[]byte](text T) T {
	if len(text) <= talkit.MaxLoggedBody {
		return text
	}
	end := talkit.MaxLoggedBody
	for end > talkit.MaxLoggedBody-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
