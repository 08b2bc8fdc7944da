// Command probes measures the footprint of the Gin that the app is built with, tries its attributes, and prints one
// JSON object.
//
// It runs in the module's folder, where the app has been built, with the Go toolchain on PATH. "no" means that Gin does
// not have the attribute: an attempt does not compile, or a request does not get the expected answer. Libraries that
// use Gin but that Gin does not know are not tried.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/gin-gonic/gin"
)

func main() {
	gin.SetMode(gin.ReleaseMode)
	answers, err := ask()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answers)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: can't probe Gin: %v.\n", err)
		os.Exit(1)
	}
}

func ask() (map[string]any, error) {
	sizes, err := footprint()
	if err != nil {
		return nil, err
	}
	attributes := []attribute{asyncViews(), validation(), websocket(), authentication()}
	for _, probe := range []func() (attribute, error){
		languageVersion,
		func() (attribute, error) { return attempt("admin", `gin.New().Admin("/admin")`) },
		func() (attribute, error) { return attempt("orm", `gin.New().Model(&struct{ ID int }{})`) },
		func() (attribute, error) { return attempt("documentation", `gin.New().OpenAPI("/docs")`) },
		singleBinary,
	} {
		found, err := probe()
		if err != nil {
			return nil, err
		}
		attributes = append(attributes, found)
	}
	return map[string]any{"footprint": sizes, "attributes": attributes}, nil
}
