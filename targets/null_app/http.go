package main

import (
	"bytes"
	"strconv"
	"time"
)

// timeFormat is the date format of RFC 9110. net/http has it as well, but it is larger than the rest of the program.
const timeFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

// answer is one of the prepared answers.
type answer int

const (
	helloText answer = iota
	helloJSON
	notFound
	badRequest
	notImplemented
	answers int = iota
)

// request has the relevant parts of a request's head.
type request struct {
	answer     answer
	bodyLength int
	last       bool // the connection ends after this request
}

var (
	headEnd      = []byte("\r\n\r\n")
	textRequest  = []byte("GET / HTTP/1.1\r\n")
	jsonRequest  = []byte("GET /json HTTP/1.1\r\n")
	http11       = []byte("HTTP/1.1")
	get          = []byte("GET")
	rootPath     = []byte("/")
	jsonPath     = []byte("/json")
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
	case !bytes.Equal(parts[0], get):
	case bytes.Equal(path, rootPath):
		found.answer = helloText
	case bytes.Equal(path, jsonPath):
		found.answer = helloJSON
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

// book has every encoded answer for one second, for connections that stay open and for those that end.
type book struct {
	second int64
	pages  [2][answers][]byte
}

// turnTo encodes the answers again if their Date is not the current one.
func (b *book) turnTo(now time.Time) {
	if now.Unix() == b.second {
		return
	}
	b.second = now.Unix()
	date := now.UTC().Format(timeFormat)
	for last, connection := range []string{"", "Connection: close\r\n"} {
		b.pages[last] = [answers][]byte{
			helloText:      encode("200 OK", date, connection, "text/plain; charset=utf-8", "Hello, World!"),
			helloJSON:      encode("200 OK", date, connection, "application/json", `{"message":"Hello, World!"}`),
			notFound:       encode("404 Not Found", date, connection, "text/plain", "not found"),
			badRequest:     encode("400 Bad Request", date, connection, "text/plain", "bad request"),
			notImplemented: encode("501 Not Implemented", date, connection, "text/plain", "not implemented"),
		}
	}
}

func (b *book) page(r request) []byte {
	if r.last {
		return b.pages[1][r.answer]
	}
	return b.pages[0][r.answer]
}

func encode(status, date, connection, contentType, body string) []byte {
	return []byte("HTTP/1.1 " + status + "\r\n" +
		"Date: " + date + "\r\n" + connection + "Content-Type: " + contentType + "\r\n" +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}
