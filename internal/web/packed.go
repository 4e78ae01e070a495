package web

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// packAbove is how long a page has to be for packing it to be worth the time, in bytes.
const packAbove = 16 << 10

// takes tells whether the browser takes packed pages.
func takes(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

// pack sends a long page packed. It is for pages that hold nothing a link from
// another site could put there: by the length of such a page, whoever sees the
// traffic could guess at the rest of it (BREACH).
func pack(w http.ResponseWriter, status int, content []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	packer, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	defer packer.Close()
	packer.Write(content)
}
