// Command null_app answers the contract's endpoints with the least work that a correct answer needs.
//
// It is not a framework but the ceiling of a machine: a framework's throughput is reported as a share of it. One thread
// waits in epoll, reads, finds the end of each request, and writes an answer, which is prepared where it is always the
// same: one read and one write per request. loop.go serves connections, socket.go reads and writes them, http.go implements HTTP.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
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
	listener, err := listen(address)
	if err != nil {
		return err
	}
	server, err := newServer(listener)
	if err != nil {
		return err
	}
	server.book.stamps = os.Getenv("NULL_STAMPS") != "" // for benchmarks/generator.py
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	go func() {
		<-signals
		server.end()
	}()
	return server.serve()
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

// listen returns a non-blocking listening socket that is not registered with Go's own poller.
func listen(address string) (int, error) {
	var config net.ListenConfig
	config.SetMultipathTCP(false) // Go enables it by default, and it adds a layer to each connection
	listener, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return -1, err
	}
	defer listener.Close()
	raw, err := listener.(*net.TCPListener).SyscallConn()
	if err != nil {
		return -1, err
	}
	socket, failure := -1, error(nil)
	err = raw.Control(func(descriptor uintptr) { socket, failure = syscall.Dup(int(descriptor)) })
	return socket, errors.Join(err, failure)
}
