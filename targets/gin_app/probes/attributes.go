package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

const patience = 5 * time.Second

type attribute struct {
	Name     string `json:"name"`
	Answer   string `json:"answer"`
	Evidence string `json:"evidence"`
}

func languageVersion() (attribute, error) {
	asked, err := run("go", "list", "-m", "-f", "{{.GoVersion}}", framework)
	asked = strings.TrimSpace(asked)
	least := strings.Join(strings.SplitN(asked, ".", 3)[:2], ".")
	return attribute{"language_version", "Go " + least, "its go.mod: go " + asked}, err
}

// asyncViews tries two requests that wait for each other: each is answered only if the other runs at the same time.
func asyncViews() attribute {
	met := make(chan bool)
	router := gin.New()
	router.GET("/give", func(c *gin.Context) {
		select {
		case met <- true:
		case <-time.After(patience):
			c.Status(http.StatusGatewayTimeout)
		}
	})
	router.GET("/take", func(c *gin.Context) {
		select {
		case <-met:
		case <-time.After(patience):
			c.Status(http.StatusGatewayTimeout)
		}
	})
	statuses := make(chan int, 2)
	for _, path := range []string{"/give", "/take"} {
		go func() { statuses <- answer(router, httptest.NewRequest(http.MethodGet, path, nil)) }()
	}
	one, other := <-statuses, <-statuses
	return attribute{
		"async_views", yes(one == http.StatusOK && other == http.StatusOK),
		fmt.Sprintf("two handlers that wait for each other in one process answer with status %d and %d", one, other),
	}
}

// validation tries whether Gin refuses a body that breaks a declared rule.
func validation() attribute {
	type person struct {
		Age int `json:"age" binding:"min=0"`
	}
	var refused error
	router := gin.New()
	router.POST("/", func(c *gin.Context) {
		if refused = c.BindJSON(new(person)); refused == nil {
			c.Status(http.StatusOK)
		}
	})
	status := answer(router, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"age": -1}`)))
	return attribute{
		"validation", yes(refused != nil && status == http.StatusBadRequest),
		fmt.Sprintf("a body that breaks `binding:\"min=0\"` is answered with status %d: %v", status, refused),
	}
}

// websocket tries the handshake of RFC 6455.
func websocket() attribute {
	router := gin.New()
	recognised := false
	router.GET("/", func(c *gin.Context) { recognised = c.IsWebsocket() })
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket",
		"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
	} {
		request.Header.Set(name, value)
	}
	status := answer(router, request)
	return attribute{
		"websocket", yes(status == http.StatusSwitchingProtocols),
		fmt.Sprintf("a handshake is recognised (IsWebsocket: %t) and answered with status %d", recognised, status),
	}
}

// authentication tries a route whose middleware, part of Gin, requires credentials.
func authentication() attribute {
	router := gin.New()
	router.GET("/", gin.BasicAuth(gin.Accounts{"me": "secret"}), func(*gin.Context) {})
	without, with := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRequest(http.MethodGet, "/", nil)
	with.SetBasicAuth("me", "secret")
	refused, let := answer(router, without), answer(router, with)
	return attribute{
		"authentication", yes(refused == http.StatusUnauthorized && let == http.StatusOK),
		fmt.Sprintf("gin.BasicAuth: status %d without credentials and %d with them", refused, let),
	}
}

// attempt tries to compile a statement that uses an attribute; it compiles only if Gin has the attribute.
func attempt(name, statement string) (attribute, error) {
	folder, err := os.MkdirTemp("", "attempt")
	if err != nil {
		return attribute{}, err
	}
	defer os.RemoveAll(folder)
	source := "package main\n\nimport \"" + framework + "\"\n\nfunc main() { " + statement + " }\n"
	file := filepath.Join(folder, name+".go")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		return attribute{}, err
	}
	_, err = run("go", "build", "-trimpath", "-o", os.DevNull, file)
	if err == nil {
		return attribute{name, "yes", "`" + statement + "` compiles"}, nil
	}
	// The compiler's message about the statement follows its position; any other error is not an answer.
	_, said, found := strings.Cut(err.Error(), name+".go:5:")
	if !found {
		return attribute{}, err
	}
	_, said, _ = strings.Cut(strings.SplitN(said, "\n", 2)[0], ": ")
	return attribute{name, "no", "`" + statement + "` does not compile: " + said}, nil
}

// singleBinary reads from the binary whether it needs a loader or libraries.
func singleBinary() (attribute, error) {
	file, err := elf.Open(binary)
	if err != nil {
		return attribute{}, err
	}
	defer file.Close()
	needed, err := file.ImportedLibraries()
	if err != nil {
		return attribute{}, err
	}
	loaded := false
	for _, part := range file.Progs {
		loaded = loaded || part.Type == elf.PT_INTERP
	}
	evidence := fmt.Sprintf("its binary needs %d libraries and asks for a loader: %t", len(needed), loaded)
	return attribute{"single_binary", yes(len(needed) == 0 && !loaded), evidence}, nil
}

// answer returns the status with which a handler answers.
func answer(handler http.Handler, request *http.Request) int {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Code
}

// run returns the stdout of a command; the error has its stderr.
func run(name string, arguments ...string) (string, error) {
	printed, err := exec.Command(name, arguments...).Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		err = fmt.Errorf("%w: %s", err, failed.Stderr)
	}
	return string(printed), err
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}
