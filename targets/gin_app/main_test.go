package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// contractCase is a row of the table for the tests of all targets.
type contractCase struct {
	Part     string
	Endpoint string
	Case     string
	Target   string
	Body     *string
	Status   int
	Text     *string
	JSON     any
}

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

func readCases(t *testing.T) []contractCase {
	t.Helper()
	text, err := os.ReadFile("../contract_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []contractCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("the table is empty")
	}
	return cases
}

func startApp(t *testing.T) *httptest.Server {
	t.Helper()
	router, err := newRouter()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return server
}

func TestEveryCaseOfTheContractHolds(t *testing.T) {
	server := startApp(t)
	for _, c := range readCases(t) {
		t.Run(c.Endpoint+": "+c.Case, func(t *testing.T) { check(t, server.URL, c) })
	}
}

func check(t *testing.T, url string, c contractCase) {
	t.Helper()
	method, _, _ := strings.Cut(c.Endpoint, " ")
	var body io.Reader
	if c.Body != nil {
		body = strings.NewReader(*c.Body)
	}
	request, err := http.NewRequest(method, url+c.Target, body)
	if err != nil {
		t.Fatal(err)
	}
	// RoundTrip and not Do: Do would follow a redirect, which is a wrong answer.
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != c.Status {
		t.Fatalf("status %d, want %d: %s", response.StatusCode, c.Status, content)
	}
	if response.Header.Get("Date") == "" || response.Header.Get("Content-Length") != strconv.Itoa(len(content)) {
		t.Errorf("Date or Content-Length missing or wrong: %v", response.Header)
	}
	checkContent(t, c, response.Header.Get("Content-Type"), content)
}

func checkContent(t *testing.T, c contractCase, contentType string, content []byte) {
	t.Helper()
	kind, _, _ := mime.ParseMediaType(contentType)
	switch {
	case c.Text != nil:
		if kind != "text/plain" || string(content) != *c.Text {
			t.Errorf("%s %q, want %q", kind, content, *c.Text)
		}
	case c.JSON != nil:
		var value any
		if err := json.Unmarshal(content, &value); err != nil {
			t.Fatal(err)
		}
		if kind != "application/json" || !reflect.DeepEqual(value, c.JSON) {
			t.Errorf("%s %v, want %v", kind, value, c.JSON)
		}
	}
}

func TestTheJSONGreetingHasExactlyTheContractsBytes(t *testing.T) {
	recorder := httptest.NewRecorder()
	router, err := newRouter()
	if err != nil {
		t.Fatal(err)
	}
	router.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/json", nil))
	if got, want := recorder.Body.String(), `{"message":"Hello, World!"}`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestABodyOfOpeningBracketsIsRefused(t *testing.T) {
	server := startApp(t)
	response, err := http.Post(server.URL+"/json", "application/json", strings.NewReader(strings.Repeat("[", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("status %d", response.StatusCode)
	}
}

func TestRequestsAreLoggedOnlyInDebugMode(t *testing.T) {
	written := func(mode string) string {
		var log strings.Builder
		gin.SetMode(mode)
		gin.DefaultWriter = &log
		defer func() { gin.SetMode(gin.TestMode); gin.DefaultWriter = os.Stdout }()
		router, err := newRouter()
		if err != nil {
			t.Fatal(err)
		}
		log.Reset() // discard Gin's own messages at the start
		router.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/json", nil))
		return log.String()
	}
	if text := written(gin.ReleaseMode); text != "" {
		t.Errorf("release mode wrote %q", text)
	}
	if text := written(gin.DebugMode); !strings.Contains(text, `"/json"`) {
		t.Errorf("debug mode wrote %q", text)
	}
}

func TestTheListeningAddressComesFromHostAndPort(t *testing.T) {
	for _, c := range []struct{ host, port, address, wrong string }{
		{"127.0.0.1", "8000", "127.0.0.1:8000", ""},
		{"::1", "65535", "[::1]:65535", ""},
		{"", "8000", "", "HOST"},
		{"127.0.0.1", "", "", "PORT"},
		{"127.0.0.1", "0", "", "PORT"},
		{"127.0.0.1", "65536", "", "PORT"},
		{"127.0.0.1", "-1", "", "PORT"},
		{"127.0.0.1", "http", "", "PORT"},
	} {
		given := map[string]string{"HOST": c.host, "PORT": c.port}
		address, err := listeningAddress(func(name string) string { return given[name] })
		if address != c.address {
			t.Errorf("%v gave %q", given, address)
		}
		if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%v gave %v", given, err)
		}
	}
}

// serving runs serve on a free port until the returned function requests the end; the channel receives its result.
func serving(t *testing.T, handler http.Handler) (address string, end func(), ended chan error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked, end := context.WithCancel(context.Background())
	t.Cleanup(end)
	ended = make(chan error, 1)
	go func() { ended <- serve(asked, listener, newServer(handler, true)) }()
	return listener.Addr().String(), end, ended
}

func TestAnswersInFlightAreFinishedBeforeTheEnd(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	address, end, ended := serving(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-release
		fmt.Fprint(w, "finished")
	}))
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + address)
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		content, _ := io.ReadAll(response.Body)
		answer <- string(content)
	}()
	<-started
	end()
	select {
	case err := <-ended:
		t.Fatalf("it ended with a request in flight: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(release)
	if got := <-answer; got != "finished" {
		t.Errorf("the client got %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestASilentConnectionDoesNotPreventTheEnd(t *testing.T) {
	address, end, ended := serving(t, http.NotFoundHandler())
	silent, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	end()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(grace + time.Second):
		t.Fatal("it did not end")
	}
}

func TestAConnectionIsKeptAndPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	server := startApp(t)
	connection, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprint(connection, "GET /hello/1 HTTP/1.1\r\nHost: t\r\n\r\nGET /hello/2 HTTP/1.1\r\nHost: t\r\n\r\n")
	reader := bufio.NewReader(connection)
	for _, want := range []string{"Hello, 1!", "Hello, 2!"} {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		if content, _ := io.ReadAll(response.Body); string(content) != want {
			t.Errorf("%q, want %q", content, want)
		}
	}
}

func TestAConnectionIsClosedAfterItsAnswerOnlyWithoutKeepAlive(t *testing.T) {
	for _, keepAlive := range []bool{true, false} {
		router, err := newRouter()
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewUnstartedServer(router)
		server.Config = newServer(router, keepAlive)
		server.Start()
		t.Cleanup(server.Close)
		response, err := http.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if response.Close == keepAlive {
			t.Errorf("keep-alive %v: the answer closes its connection: %v", keepAlive, response.Close)
		}
	}
}
