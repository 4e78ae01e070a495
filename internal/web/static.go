package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed static
var staticFiles embed.FS

// static serves the files that pages refer to. Their address holds a version
// made from all of them, so that browsers keep them for ever; fonts have
// theirs in their names.
type static struct {
	version string
	files   fs.FS
	packed  sync.Map // path → gzip of it
}

func newStatic() (*static, error) {
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		sum.Write([]byte(name + "\n"))
		sum.Write(content)
		return err
	})
	return &static{version: hex.EncodeToString(sum.Sum(nil))[:12], files: files}, err
}

// path is the address of a file.
func (s *static) path(name string) string { return "/static/" + s.version + "/" + name }

const forEver = "public, max-age=31536000, immutable"

func (s *static) serve(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("path")
	version, rest, _ := strings.Cut(name, "/")
	if version != "fonts" {
		name = rest
	}
	content, err := fs.ReadFile(s.files, name)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if version == "fonts" || version == s.version {
		w.Header().Set("Cache-Control", forEver)
	}
	s.send(w, r, name, content)
}

// send answers with a file, packed where the browser takes that.
func (s *static) send(w http.ResponseWriter, r *http.Request, name string, content []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	if isTextFile(name) {
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			content = s.gzip(name, content)
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

func (s *static) gzip(name string, content []byte) []byte {
	if packed, ok := s.packed.Load(name); ok {
		return packed.([]byte)
	}
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	w.Write(content)
	w.Close()
	s.packed.Store(name, out.Bytes())
	return out.Bytes()
}

func isTextFile(name string) bool {
	switch path.Ext(name) {
	case ".css", ".js", ".svg", ".webmanifest", ".txt":
		return true
	}
	return false
}

func contentType(name string) string {
	switch path.Ext(name) { // what the machine knows of types differs
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "text/plain; charset=utf-8"
}

func (s *static) favicon(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, s.path("icons/icon.svg"), http.StatusFound)
}
