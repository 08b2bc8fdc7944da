// Command gin_app answers the contract's four endpoints with Gin, written the way Gin's own documentation writes them.
//
// HOST and PORT say where it listens. GIN_MODE is Gin's own: "release" serves as in production, "debug" logs requests.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"
)

const (
	wrongBody = "body must be a JSON object"
	wrongName = "name must be a non-empty string"
	wrongAge  = "age must be an integer from 0 to 150"

	// The contract gives 5 s to end, and an answer in flight takes milliseconds.
	grace = 3 * time.Second
	// As long as the other targets keep idle connections, so that none pays for connecting where another doesn't.
	idleTimeout = 75 * time.Second
	// A client that is slower than this with its headers holds a connection for nothing.
	headerTimeout = 10 * time.Second
)

func main() {
	address, err := listeningAddress(os.Getenv)
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: %v.\n", err)
		os.Exit(2)
	}
	if err := run(address); err != nil {
		fmt.Fprintf(os.Stderr, "error: can't serve (%s): %v.\n", address, err)
		os.Exit(1)
	}
}

func run(address string) error {
	asked, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	router, err := newRouter()
	if err != nil {
		return err
	}
	return serve(asked, listener, router)
}

// listeningAddress returns HOST and PORT as net.Listen wants them; the error says which of them is unusable, and why.
func listeningAddress(getenv func(string) string) (string, error) {
	host, port := getenv("HOST"), getenv("PORT")
	if host == "" {
		return "", errors.New("can't listen (HOST in the environment): it is not set. " +
			"Set it to an address of this machine, such as 127.0.0.1")
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		cause := "it is not set"
		if port != "" {
			cause = strconv.Quote(port) + " is not a port"
		}
		return "", fmt.Errorf("can't listen (PORT in the environment): %s. Set it to a number from 1 to 65535", cause)
	}
	return net.JoinHostPort(host, port), nil
}

// newRouter returns the app. In debug mode it logs every request, as gin.Default does.
func newRouter() (*gin.Engine, error) {
	router := gin.New()
	if gin.IsDebugging() {
		router.Use(gin.Logger())
	}
	router.Use(gin.Recovery())
	router.RedirectTrailingSlash = false
	if err := router.SetTrustedProxies(nil); err != nil {
		return nil, err
	}
	router.GET("/", hello)
	router.GET("/json", helloJSON)
	router.GET("/hello/:name", helloName)
	router.POST("/json", greet)
	return router, nil
}

func hello(c *gin.Context) {
	c.String(http.StatusOK, "Hello, World!")
}

func helloJSON(c *gin.Context) {
	c.JSON(http.StatusOK, gin.H{"message": "Hello, World!"})
}

func helloName(c *gin.Context) {
	c.String(http.StatusOK, "Hello, %s!", c.Param("name"))
}

// person is the body of POST /json. A pointer tells an age of 0 from a missing one.
type person struct {
	Name string `json:"name" binding:"required"`
	Age  *int   `json:"age"  binding:"required,min=0,max=150"`
}

func greet(c *gin.Context) {
	var body person
	if err := c.ShouldBindJSON(&body); err != nil {
		c.JSON(http.StatusUnprocessableEntity, gin.H{"error": reason(body, err)})
		return
	}
	c.JSON(http.StatusOK, gin.H{"message": fmt.Sprintf("Hello, %s! You are %d.", body.Name, *body.Age)})
}

// reason says in the contract's words why a body was refused.
//
// The decoder goes on after a value of a wrong type, so what it decoded tells whether the name is right even where the
// error is about the age: the contract judges the name first, whatever their order in the body.
func reason(decoded person, err error) string {
	var wrongType *json.UnmarshalTypeError
	var invalid validator.ValidationErrors
	switch {
	case errors.As(err, &wrongType) && wrongType.Field == "":
		return wrongBody
	case !errors.As(err, &wrongType) && !errors.As(err, &invalid):
		return wrongBody
	case decoded.Name == "":
		return wrongName
	default:
		return wrongAge
	}
}

// serve answers on the listener until asked to end, then finishes what is in flight.
func serve(asked context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-asked.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Shutdown(deadline)
	if errors.Is(err, context.DeadlineExceeded) {
		// net/http takes a connection that has sent nothing yet for busy in its first 5 s, which is longer than the grace.
		return server.Close()
	}
	return err
}
