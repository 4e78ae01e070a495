package web

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"strings"
)

//go:embed templates
var templateFiles embed.FS

// pages are the templates, by their path below templates without .html. Each
// defines "main", and can use what stands in parts.
type pages map[string]*template.Template

func (s *Web) parsePages() (pages, error) {
	base, err := template.New("").Funcs(s.words()).ParseFS(templateFiles, "templates/*.html", "templates/parts/*.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(templateFiles, "templates/*/*.html")
	if err != nil {
		return nil, err
	}
	all := pages{}
	for _, file := range names {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "templates/"), ".html")
		if strings.HasPrefix(name, "parts/") {
			continue
		}
		one, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if all[name], err = one.ParseFS(templateFiles, file); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// run fills a template; part is "base" for a whole page.
func (p pages) run(w io.Writer, name, part string, data any) error {
	t, ok := p[name]
	if !ok {
		return fmt.Errorf("there is no template %s", name)
	}
	return t.ExecuteTemplate(w, part, data)
}
