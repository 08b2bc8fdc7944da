// Command probes asks the Gin that the app is built with what it is and what it can do, by trying, and prints the
// answers as one JSON object.
//
// It runs in the module's folder, where the app has been built, with the Go toolchain on PATH. "no" means that nothing in
// Gin gives it: an attempt that does not compile, or a request that is not answered so. Libraries that are used beside Gin
// without Gin's knowing are not asked.
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
