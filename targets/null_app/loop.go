package main

import (
	"bytes"
	"errors"
	"os"
	"syscall"
	"time"
)

const (
	inputSize = 64 << 10
	headLimit = 16 << 10
	bodyLimit = 16 << 10
	batch     = 256
	// After the end is requested, connections are closed after this time even if clients still send.
	grace = 2 * time.Second
)

// connection is the connection of a client, with the rest of its last read or write.
type connection struct {
	socket int
	input  []byte // the beginning of an incomplete request
	output []byte // answers that are not yet written
	skip   int    // bytes of a request's body that have not yet arrived
	ending bool   // the last answer is written: further input is discarded until the client closes the connection
}

// server is a listening socket and its connections. All methods except end run on one thread.
type server struct {
	epoll       int
	listener    int
	deadline    time.Time // the latest end; zero until the end is requested
	wakeRead    int
	wakeWrite   int
	connections []*connection // by socket
	book        book
	input       [inputSize]byte
	output      []byte
}

func newServer(listener int) (*server, error) {
	var wake [2]int
	if err := syscall.Pipe2(wake[:], syscall.O_NONBLOCK|syscall.O_CLOEXEC); err != nil {
		return nil, os.NewSyscallError("pipe2", err)
	}
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	s := &server{epoll: epoll, listener: listener, wakeRead: wake[0], wakeWrite: wake[1]}
	return s, errors.Join(s.watch(listener, syscall.EPOLL_CTL_ADD, syscall.EPOLLIN),
		s.watch(wake[0], syscall.EPOLL_CTL_ADD, syscall.EPOLLIN))
}

// end makes serve return after it has answered the requests that have begun to arrive. Any goroutine may call it.
func (s *server) end() {
	_, _ = syscall.Write(s.wakeWrite, []byte{0})
}

// serve answers requests until end is called.
func (s *server) serve() error {
	defer s.close()
	var events [batch]syscall.EpollEvent
	for {
		count, err := syscall.EpollWait(s.epoll, events[:], s.patience())
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return os.NewSyscallError("epoll_wait", err)
		}
		now := time.Now()
		if s.ending() && (now.After(s.deadline) || count == 0 && !s.inProgress()) {
			return nil
		}
		s.book.turnTo(now)
		for _, event := range events[:max(count, 0)] {
			switch socket := int(event.Fd); socket {
			case s.listener:
				s.accept()
			case s.wakeRead:
				s.beginToEnd(now)
			default:
				s.attend(s.connections[socket], event.Events)
			}
		}
	}
}

func (s *server) ending() bool { return !s.deadline.IsZero() }

// patience returns the longest wait for events in milliseconds; -1 is no limit.
func (s *server) patience() int {
	switch {
	case !s.ending():
		return -1
	case s.inProgress():
		return max(0, int(time.Until(s.deadline).Milliseconds()))
	default:
		return 0 // answer only the requests that have arrived
	}
}

// inProgress returns whether a part of a request has arrived, or a part of an answer is not yet written.
func (s *server) inProgress() bool {
	for _, c := range s.connections {
		if c != nil && (len(c.output) > 0 || !c.ending && len(c.input) > 0) {
			return true
		}
	}
	return false
}

// beginToEnd accepts the pending connections and then stops listening.
func (s *server) beginToEnd(now time.Time) {
	s.deadline = now.Add(grace)
	for s.accept() {
	}
	for _, descriptor := range []int{s.listener, s.wakeRead} {
		_ = s.watch(descriptor, syscall.EPOLL_CTL_DEL, 0)
	}
}

func (s *server) watch(socket, operation int, events uint32) error {
	event := syscall.EpollEvent{Events: events, Fd: int32(socket)}
	return os.NewSyscallError("epoll_ctl", syscall.EpollCtl(s.epoll, operation, socket, &event))
}

// accept accepts one connection and returns whether there was one.
func (s *server) accept() bool {
	socket, _, err := syscall.Accept4(s.listener, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
	if err != nil {
		return false // the client has closed it, or there are no free descriptors: the next turn tries again
	}
	_ = syscall.SetsockoptInt(socket, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	for len(s.connections) <= socket {
		s.connections = append(s.connections, nil)
	}
	s.connections[socket] = &connection{socket: socket}
	if s.watch(socket, syscall.EPOLL_CTL_ADD, syscall.EPOLLIN) != nil {
		s.drop(s.connections[socket])
	}
	return true
}

// attend handles the events of a connection: it writes pending answers before it reads more.
func (s *server) attend(c *connection, events uint32) {
	if len(c.output) > 0 && events&(syscall.EPOLLOUT|syscall.EPOLLERR|syscall.EPOLLHUP) != 0 {
		s.flush(c)
		return
	}
	count, err := read(c.socket, s.input[:])
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
	case err != nil, count == 0:
		s.drop(c)
	case !c.ending:
		s.write(c, s.consume(c, s.input[:count]))
	}
}

// consume returns the answers to all complete requests, and keeps the incomplete rest of the input.
func (s *server) consume(c *connection, input []byte) []byte {
	if len(c.input) > 0 {
		c.input = append(c.input, input...)
		input = c.input
	}
	output := s.output[:0]
	for !c.ending {
		skipped := min(c.skip, len(input))
		c.skip -= skipped
		input = input[skipped:]
		length := bytes.Index(input, headEnd)
		if length < 0 {
			break
		}
		found := parse(input[:length+2])
		found.last = found.last || s.ending()
		rest := input[length+len(headEnd):]
		if found.answer == helloBody && found.bodyLength > bodyLimit {
			found = request{answer: badRequest, last: true}
		}
		var body []byte
		if found.answer == helloBody {
			if len(rest) < found.bodyLength {
				break
			}
			body, rest = rest[:found.bodyLength], rest[found.bodyLength:]
			found.bodyLength = 0
		}
		output = append(output, s.book.page(found, body)...)
		input = rest
		c.skip, c.ending = found.bodyLength, found.last
	}
	if !c.ending && len(input) > headLimit+bodyLimit {
		tooLong := request{answer: badRequest, last: true}
		output, c.ending = append(output, s.book.page(tooLong, nil)...), true
	}
	c.input = append(c.input[:0], input...)
	s.output = output
	return output
}

func (s *server) write(c *connection, output []byte) {
	if len(output) == 0 {
		return
	}
	count, err := write(c.socket, output)
	switch {
	case err != nil && !errors.Is(err, syscall.EAGAIN):
		s.drop(c)
	case count < len(output):
		c.output = append(c.output[:0], output[count:]...)
		_ = s.watch(c.socket, syscall.EPOLL_CTL_MOD, syscall.EPOLLOUT)
	case c.ending:
		s.hangUp(c)
	}
}

func (s *server) flush(c *connection) {
	count, err := write(c.socket, c.output)
	if err != nil && !errors.Is(err, syscall.EAGAIN) {
		s.drop(c)
		return
	}
	c.output = c.output[count:]
	if len(c.output) > 0 {
		return
	}
	_ = s.watch(c.socket, syscall.EPOLL_CTL_MOD, syscall.EPOLLIN)
	if c.ending {
		s.hangUp(c)
	}
}

// hangUp closes only the sending side: to close with unread input would reset the connection and could lose an answer.
func (s *server) hangUp(c *connection) {
	_ = syscall.Shutdown(c.socket, syscall.SHUT_WR)
}

func (s *server) drop(c *connection) {
	s.connections[c.socket] = nil
	_ = syscall.Close(c.socket)
}

func (s *server) close() {
	for _, c := range s.connections {
		if c != nil {
			s.drop(c)
		}
	}
	for _, descriptor := range []int{s.listener, s.epoll, s.wakeRead, s.wakeWrite} {
		_ = syscall.Close(descriptor)
	}
}
