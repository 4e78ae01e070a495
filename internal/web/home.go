package web

func (s *Web) homeRoutes() {
	s.person("GET /app", s.home)
}

func (s *Web) home(v *visit) error {
	return v.show("app/home", page{Title: "Notes", Nav: "notes"})
}
