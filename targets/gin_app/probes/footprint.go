package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	framework = "github.com/gin-gonic/gin"
	binary    = "./gin_app"
)

type size struct {
	Metric   string `json:"metric"`
	Unit     string `json:"unit"`
	Value    int64  `json:"value"`
	Evidence string `json:"evidence"`
}

// footprint returns the size of the binary, the number of linked modules, and the size of Gin's own source.
func footprint() ([]size, error) {
	file, err := os.Stat(binary)
	if err != nil {
		return nil, err
	}
	built, err := buildinfo.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	source, files, err := frameworkSource()
	if err != nil {
		return nil, err
	}
	return []size{
		{"footprint.framework", "B", source, fmt.Sprintf("the %d source files of its packages that are linked", files)},
		{"footprint.dependencies", "1", int64(len(built.Deps)), "modules that are linked into the binary"},
		{"footprint.binary", "B", file.Size(), "static, without symbol table and debugging information"},
	}, nil
}

// frameworkSource returns the bytes and the number of source files of Gin's own packages that are compiled.
func frameworkSource() (int64, int, error) {
	format := `{{with .Module}}{{if eq .Path "` + framework + `"}}{{$.Dir}}{{range $.GoFiles}}|{{.}}{{end}}{{end}}{{end}}`
	listed, err := run("go", "list", "-deps", "-f", format, ".")
	if err != nil {
		return 0, 0, err
	}
	var total int64
	var files int
	for _, line := range strings.Fields(listed) {
		folder, names, _ := strings.Cut(line, "|")
		for _, name := range strings.Split(names, "|") {
			file, err := os.Stat(filepath.Join(folder, name))
			if err != nil {
				return 0, 0, err
			}
			total += file.Size()
			files++
		}
	}
	return total, files, nil
}
