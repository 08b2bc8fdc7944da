package main

import (
	"bufio"
	"encoding/json"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"reflect"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const patience = 10 * time.Second

// contractCase is a row of the table for the tests of all targets.
type contractCase struct {
	Part     string
	Endpoint string
	Case     string
	Target   string
	Status   int
	Text     *string
	JSON     any
	Body     string
}

// start serves on a free port until the test ends. A test may call end earlier; ended receives the result of serve.
func start(t *testing.T) (address string, end func(), ended chan error) {
	t.Helper()
	listener, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(listener)
	if err != nil {
		t.Fatal(err)
	}
	server, err := newServer(listener)
	if err != nil {
		t.Fatal(err)
	}
	ended = make(chan error, 1)
	returned := make(chan struct{})
	go func() { ended <- server.serve(); close(returned) }()
	requested := false
	end = func() {
		if !requested {
			requested = true
			server.end()
		}
	}
	t.Cleanup(func() { end(); <-returned })
	port := name.(*syscall.SockaddrInet4).Port
	return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String(), end, ended
}

func dial(t *testing.T, address string) (*net.TCPConn, *bufio.Reader) {
	t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return connection.(*net.TCPConn), bufio.NewReader(connection)
}

func send(t *testing.T, connection net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(connection, text); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, reader *bufio.Reader, status int, body string) *http.Response {
	t.Helper()
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatalf("no answer, want %d %q: %v", status, body, err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != status || string(content) != body {
		t.Fatalf("%d %q, want %d %q", response.StatusCode, content, status, body)
	}
	if response.Header.Get("Date") == "" || response.ContentLength != int64(len(content)) {
		t.Errorf("Date or Content-Length missing or wrong: %v", response.Header)
	}
	return response
}

func expectEnd(t *testing.T, reader *bufio.Reader) {
	t.Helper()
	if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
		t.Errorf("the connection goes on: %q, %v", rest, err)
	}
}

func TestEveryCaseOfTheContractHolds(t *testing.T) {
	text, err := os.ReadFile("../contract_cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []contractCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	address, _, _ := start(t)
	if len(cases) == 0 {
		t.Fatal("the table is empty")
	}
	for _, c := range cases {
		t.Run(c.Endpoint+": "+c.Case, func(t *testing.T) { check(t, address, c) })
	}
}

func check(t *testing.T, address string, c contractCase) {
	t.Helper()
	method, _, _ := strings.Cut(c.Endpoint, " ")
	connection, reader := dial(t, address)
	length := strconv.Itoa(len(c.Body))
	send(t, connection, method+" "+c.Target+" HTTP/1.1\r\nHost: t\r\nContent-Length: "+length+"\r\n\r\n"+c.Body)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != c.Status {
		t.Fatalf("status %d, want %d", response.StatusCode, c.Status)
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if c.Text != nil && (kind != "text/plain" || string(content) != *c.Text) {
		t.Errorf("%s %q, want %q", kind, content, *c.Text)
	}
	if c.JSON != nil {
		var value any
		if err := json.Unmarshal(content, &value); err != nil {
			t.Fatal(err)
		}
		if kind != "application/json" || !reflect.DeepEqual(value, c.JSON) {
			t.Errorf("%s %v, want %v", kind, value, c.JSON)
		}
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	address, _, _ := start(t)
	connection, reader := dial(t, address)
	send(t, connection, "GET / HTTP/1.1\r\n\r\nGET /json HTTP/1.1\r\nHost: t\r\n\r\nGET /x HTTP/1.1\r\n\r\nGET / HT")
	expect(t, reader, 200, "Hello, World!")
	expect(t, reader, 200, `{"message":"Hello, World!"}`)
	expect(t, reader, 404, "not found")
	send(t, connection, "TP/1.1\r\n\r\n")
	expect(t, reader, 200, "Hello, World!")
}

func TestAStampedAnswerHasARequestIdOfItsOwn(t *testing.T) {
	stamping := book{stamps: true}
	stamping.turnTo(time.Now())
	plain := book{}
	plain.turnTo(time.Unix(stamping.second, 0))
	for _, id := range []string{"1", "2"} {
		want := strings.Replace(string(plain.page(request{}, nil)), "OK\r\n", "OK\r\nX-Request-Id: "+id+"\r\n", 1)
		if found := string(stamping.page(request{}, nil)); found != want {
			t.Errorf("%q, want %q", found, want)
		}
	}
}

func TestARequestThatArrivesByteByByteIsAnswered(t *testing.T) {
	address, _, _ := start(t)
	connection, reader := dial(t, address)
	for _, letter := range "GET /json HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n" {
		send(t, connection, string(letter))
	}
	expect(t, reader, 200, `{"message":"Hello, World!"}`)
	for _, letter := range "okGET / HTTP/1.1\r\nHost: t\r\n\r\n" {
		send(t, connection, string(letter))
	}
	expect(t, reader, 200, "Hello, World!")
}

func TestABodyIsNotReadAsTheNextRequest(t *testing.T) {
	address, _, _ := start(t)
	connection, reader := dial(t, address)
	body := "GET / HTTP/1.1\r\n\r\n"
	send(t, connection, "POST /x HTTP/1.1\r\ncontent-LENGTH:  18 \r\n\r\n"+body)
	expect(t, reader, 404, "not found")
	send(t, connection, "POST /json HTTP/1.1\r\ncontent-LENGTH:  18 \r\n\r\n"+body+"GET /json HTTP/1.1\r\n\r\n")
	expect(t, reader, 422, `{"error":"body must be a JSON object"}`)
	expect(t, reader, 200, `{"message":"Hello, World!"}`)
}

func TestABodyLongerThanAReadIsSkipped(t *testing.T) {
	address, _, _ := start(t)
	connection, reader := dial(t, address)
	send(t, connection, "GET / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n"+strings.Repeat("\r\n\r\n", 75_000))
	expect(t, reader, 200, "Hello, World!")
	send(t, connection, "GET /json HTTP/1.1\r\n\r\n")
	expect(t, reader, 200, `{"message":"Hello, World!"}`)
}

func TestAConnectionEndsWhenTheClientRequestsIt(t *testing.T) {
	address, _, _ := start(t)
	for _, head := range []string{"GET / HTTP/1.1\r\nconnection: Close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"} {
		connection, reader := dial(t, address)
		send(t, connection, head+"GET / HTTP/1.1\r\n\r\n")
		if response := expect(t, reader, 200, "Hello, World!"); !response.Close {
			t.Error("it does not say that it ends the connection")
		}
		expectEnd(t, reader)
	}
}

func TestAMalformedRequestEndsTheConnection(t *testing.T) {
	address, _, _ := start(t)
	for _, c := range []struct {
		head, body string
		status     int
	}{
		{"nonsense\r\n\r\n", "bad request", 400},
		{"\r\n\r\n", "bad request", 400},
		{"GET / SPDY/3\r\n\r\n", "bad request", 400},
		{"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "bad request", 400},
		{"GET / HTTP/1.1\r\nX: " + strings.Repeat("x", headLimit+bodyLimit), "bad request", 400},
		{"POST /json HTTP/1.1\r\nContent-Length: 16385\r\n\r\n", "bad request", 400},
		{"POST /json HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "not implemented", 501},
	} {
		connection, reader := dial(t, address)
		send(t, connection, c.head)
		expect(t, reader, c.status, c.body)
		expectEnd(t, reader)
	}
}

func TestAClientThatReadsLateGetsEveryAnswer(t *testing.T) {
	const requests = 200_000
	address, _, _ := start(t)
	connection, reader := dial(t, address)
	go func() {
		_, _ = io.WriteString(connection, strings.Repeat("GET / HTTP/1.1\r\n\r\n", requests))
		_ = connection.CloseWrite()
	}()
	answers := 0
	for {
		response, err := http.ReadResponse(reader, nil)
		if err == io.ErrUnexpectedEOF || err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			t.Fatal(err)
		}
		answers++
	}
	if answers != requests {
		t.Errorf("%d answers to %d requests", answers, requests)
	}
}

func TestTheDateIsTheTimeOfTheAnswer(t *testing.T) {
	var b book
	b.turnTo(time.Unix(1, 0))
	if page := string(b.page(request{}, nil)); !strings.Contains(page, "\r\nDate: Thu, 01 Jan 1970 00:00:01 GMT\r\n") {
		t.Error(page)
	}
	b.turnTo(time.Unix(2, 999_999_999))
	if page := string(b.page(request{}, nil)); !strings.Contains(page, "\r\nDate: Thu, 01 Jan 1970 00:00:02 GMT\r\n") {
		t.Error(page)
	}
}

func TestAnAnswerAllocatesNoMemory(t *testing.T) {
	var s server
	s.book.turnTo(time.Now())
	c := new(connection)
	input := []byte("GET /json HTTP/1.1\r\nHost: t\r\nConnection: keep-alive\r\nContent-Length: 0\r\nAccept: */*\r\n\r\n")
	if count := testing.AllocsPerRun(100, func() { s.consume(c, input) }); count != 0 {
		t.Errorf("%v allocations a request", count)
	}
}

func TestItEndsWhenRequestedThoughClientsStayAndContinueToSend(t *testing.T) {
	address, end, ended := start(t)
	silent, _ := dial(t, address)
	flood := []byte(strings.Repeat("GET / HTTP/1.1\r\n\r\n", 4_000))
	for range 8 {
		busy, reader := dial(t, address)
		send(t, busy, "GET / HTTP/1.1\r\n\r\n")
		expect(t, reader, 200, "Hello, World!")
		go func() {
			for {
				if _, err := busy.Write(flood); err != nil {
					return
				}
			}
		}()
		go func() { _, _ = io.Copy(io.Discard, reader) }()
	}
	end()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("it did not end")
	}
	if count, err := silent.Read(make([]byte, 1)); count != 0 || err == nil {
		t.Error("a connection is still open")
	}
}

func TestARequestThatHasArrivedIsAnsweredBeforeTheEnd(t *testing.T) {
	listener, err := listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(listener)
	if err != nil {
		t.Fatal(err)
	}
	server, err := newServer(listener)
	if err != nil {
		t.Fatal(err)
	}
	address := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	connection, reader := dial(t, address.String())
	send(t, connection, "GET / HTTP/1.1\r\n\r\n")
	server.end() // before the loop begins, so that it finds both the request and the end
	if err := server.serve(); err != nil {
		t.Fatal(err)
	}
	if response := expect(t, reader, 200, "Hello, World!"); !response.Close {
		t.Error("it does not say that it ends the connection")
	}
}

func TestARequestOfWhichAPartHasArrivedIsAnsweredBeforeTheEnd(t *testing.T) {
	address, end, ended := start(t)
	connection, reader := dial(t, address)
	send(t, connection, "POST /json HTTP/1.1\r\nContent-Length: 26\r\n\r\n{\"name\": \"Ada")
	other, answers := dial(t, address)
	for requested, ending := false, false; !ending; { // until an answer says that the end has begun
		send(t, other, "GET / HTTP/1.1\r\n\r\n")
		ending = expect(t, answers, 200, "Hello, World!").Close
		if !requested { // after an answer, the part above has been read
			end()
			requested = true
		}
	}
	send(t, connection, "\", \"age\": 36}")
	if response := expect(t, reader, 200, `{"message":"Hello, Ada! You are 36."}`); !response.Close {
		t.Error("it does not say that it ends the connection")
	}
	if err := <-ended; err != nil {
		t.Error(err)
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
