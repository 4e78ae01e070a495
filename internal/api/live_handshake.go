package api

import (
	"encoding/base64"
	"strings"
)

// headerHasToken looks for a token in a header that is a list (RFC 9110, section 5.6.1).
func headerHasToken(values []string, token string) bool {
	for _, value := range values {
		for each := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(each), token) {
				return true
			}
		}
	}
	return false
}

// isSocketKey checks what a handshake is answered with (RFC 6455, section 4.2.1).
func isSocketKey(values []string) bool {
	if len(values) != 1 {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(values[0]))
	return err == nil && len(key) == 16
}
