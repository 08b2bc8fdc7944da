// Command gin_app answers the contract's four endpoints with Gin, in the style of Gin's documentation.
//
// It listens on HOST and PORT. GIN_MODE is Gin's variable: "release" serves as in production, "debug" logs requests.
// KEEPALIVE "off" closes every connection after its answer.
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

	// The contract allows 5 s to end, and an answer in flight takes milliseconds.
	grace = 3 * time.Second
	// The same as in the other targets, so that no target needs more connects than another.
	idleTimeout = 75 * time.Second
	// A client that needs longer for its headers is disconnected.
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
	requested, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	router, err := newRouter()
	if err != nil {
		return err
	}
	return serve(requested, listener, newServer(router, os.Getenv("KEEPALIVE") != "off"))
}

// listeningAddress returns HOST and PORT as an address for net.Listen; the error names the invalid one and the reason.
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

// newRouter returns the app. In debug mode the app logs every request, as gin.Default does.
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

// person is the body of POST /json. The pointer distinguishes an age of 0 from a missing age.
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

// reason returns the contract's message for a refused body.
//
// The decoder continues after a value of a wrong type. So the decoded body shows whether the name is valid even if the
// error is about the age. The contract checks the name first, in any order of the keys.
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

// newServer returns net/http's server; without keepAlive it closes every connection after its answer.
func newServer(handler http.Handler, keepAlive bool) *http.Server {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout}
	server.SetKeepAlivesEnabled(keepAlive)
	return server
}

// serve answers on the listener until the end is requested, then finishes the requests in flight.
func serve(requested context.Context, listener net.Listener, server *http.Server) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-requested.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	err := server.Shutdown(deadline)
	if errors.Is(err, context.DeadlineExceeded) {
		// For its first 5 s, longer than the grace period, net/http counts a silent connection as busy.
		return server.Close()
	}
	return err
}
