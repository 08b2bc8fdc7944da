package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// timeFormat is the date format of RFC 9110. net/http has it as well, but it is larger than the rest of the program.
const timeFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

const (
	plainType = "text/plain; charset=utf-8"
	jsonType  = "application/json"
)

// answer is one of the prepared answers, or one that is made from the request.
type answer int

const (
	helloText answer = iota
	helloJSON
	notFound
	badRequest
	notImplemented
	prepared int = iota
)

const (
	helloName answer = answer(prepared) + iota
	helloBody
)

// request has the relevant parts of a request's head.
type request struct {
	answer     answer
	name       string // of helloName
	bodyLength int
	last       bool // the connection ends after this request
}

var (
	headEnd      = []byte("\r\n\r\n")
	textRequest  = []byte("GET / HTTP/1.1\r\n")
	jsonRequest  = []byte("GET /json HTTP/1.1\r\n")
	http11       = []byte("HTTP/1.1")
	get          = []byte("GET")
	post         = []byte("POST")
	rootPath     = []byte("/")
	jsonPath     = []byte("/json")
	namePath     = []byte("/hello/")
	closeOption  = []byte("close")
	nameLength   = []byte("content-length")
	nameLast     = []byte("connection")
	nameTransfer = []byte("transfer-encoding")
)

// parse reads a request's head, which ends with the line end of its last header.
func parse(head []byte) request {
	var found request
	rest := head
	switch {
	case bytes.HasPrefix(head, textRequest):
		rest = head[len(textRequest):]
	case bytes.HasPrefix(head, jsonRequest):
		found.answer, rest = helloJSON, head[len(jsonRequest):]
	default:
		var line []byte
		line, rest = cutLine(head)
		found = route(line)
	}
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		// Only three headers are relevant, and they begin with c or t. For the others only their end is found.
		if len(line) > 0 && (line[0]|0x20 == 'c' || line[0]|0x20 == 't') {
			found.applyHeader(line)
		}
	}
	return found
}

func cutLine(text []byte) (line, rest []byte) {
	end := bytes.IndexByte(text, '\n')
	return bytes.TrimSuffix(text[:end], []byte{'\r'}), text[end+1:]
}

// route parses a request line other than the two common ones.
func route(line []byte) request {
	parts := bytes.Split(line, []byte{' '})
	if len(parts) != 3 || !bytes.HasPrefix(parts[2], []byte("HTTP/1.")) {
		return request{answer: badRequest, last: true}
	}
	found := request{answer: notFound, last: !bytes.Equal(parts[2], http11)}
	path, _, _ := bytes.Cut(parts[1], []byte{'?'})
	switch {
	case bytes.Equal(parts[0], post) && bytes.Equal(path, jsonPath):
		found.answer = helloBody
	case !bytes.Equal(parts[0], get):
	case bytes.Equal(path, rootPath):
		found.answer = helloText
	case bytes.Equal(path, jsonPath):
		found.answer = helloJSON
	case bytes.HasPrefix(path, namePath):
		name, err := url.PathUnescape(string(path[len(namePath):]))
		if err == nil && name != "" && !strings.Contains(name, "/") {
			found.answer, found.name = helloName, name
		}
	}
	return found
}

// applyHeader stores the body length or the end of the connection from a header.
func (r *request) applyHeader(line []byte) {
	name, value, _ := bytes.Cut(line, []byte{':'})
	switch {
	case bytes.EqualFold(name, nameLength):
		length, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 31)
		if err != nil {
			*r = request{answer: badRequest, last: true}
			return
		}
		r.bodyLength = int(length)
	case bytes.EqualFold(name, nameLast):
		r.last = r.last || bytes.EqualFold(bytes.TrimSpace(value), closeOption)
	case bytes.EqualFold(name, nameTransfer):
		*r = request{answer: notImplemented, last: true}
	}
}

// greet returns status and document of the answer to a body, by the rules of the contract.
func greet(body []byte) (status string, document any) {
	var given struct {
		Name json.RawMessage `json:"name"`
		Age  json.RawMessage `json:"age"`
	}
	if json.Unmarshal(body, &given) != nil {
		return refuse("body must be a JSON object")
	}
	var name *string
	if json.Unmarshal(given.Name, &name) != nil || name == nil || *name == "" {
		return refuse("name must be a non-empty string")
	}
	age, err := strconv.Atoi(string(given.Age))
	if err != nil || age < 0 || age > 150 {
		return refuse("age must be an integer from 0 to 150")
	}
	return "200 OK", map[string]string{"message": "Hello, " + *name + "! You are " + strconv.Itoa(age) + "."}
}

func refuse(reason string) (status string, document any) {
	return "422 Unprocessable Entity", map[string]string{"error": reason}
}

// book has every prepared answer for one second, for connections that stay open and for those that end.
type book struct {
	second  int64
	date    string
	pages   [2][prepared][]byte
	stamps  bool   // every prepared answer gets a request id of its own
	served  uint64 // the number of stamped answers
	stamped []byte // the last one
}

// turnTo encodes the answers again if their Date is not the current one.
func (b *book) turnTo(now time.Time) {
	if now.Unix() == b.second {
		return
	}
	b.second = now.Unix()
	b.date = now.UTC().Format(timeFormat)
	for i, last := range []bool{false, true} {
		b.pages[i] = [prepared][]byte{
			helloText:      b.encode(last, "200 OK", plainType, "Hello, World!"),
			helloJSON:      b.encode(last, "200 OK", jsonType, `{"message":"Hello, World!"}`),
			notFound:       b.encode(last, "404 Not Found", plainType, "not found"),
			badRequest:     b.encode(last, "400 Bad Request", plainType, "bad request"),
			notImplemented: b.encode(last, "501 Not Implemented", plainType, "not implemented"),
		}
	}
}

// page returns the answer to a request with this body.
func (b *book) page(r request, body []byte) []byte {
	switch r.answer {
	case helloName:
		return b.encode(r.last, "200 OK", plainType, "Hello, "+r.name+"!")
	case helloBody:
		status, document := greet(body)
		text, _ := json.Marshal(document) // a map of strings always has a text
		return b.encode(r.last, status, jsonType, string(text))
	}
	page := b.pages[0][r.answer]
	if r.last {
		page = b.pages[1][r.answer]
	}
	if b.stamps {
		return b.stamp(page)
	}
	return page
}

// stamp returns an answer with a request id after its status line; it is valid until the next one.
func (b *book) stamp(page []byte) []byte {
	b.served++
	end := bytes.IndexByte(page, '\n') + 1
	stamped := append(append(b.stamped[:0], page[:end]...), "X-Request-Id: "...)
	stamped = append(strconv.AppendUint(stamped, b.served, 10), "\r\n"...)
	b.stamped = append(stamped, page[end:]...)
	return b.stamped
}

func (b *book) encode(last bool, status, contentType, body string) []byte {
	connection := ""
	if last {
		connection = "Connection: close\r\n"
	}
	return []byte("HTTP/1.1 " + status + "\r\n" +
		"Date: " + b.date + "\r\n" + connection + "Content-Type: " + contentType + "\r\n" +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}
