// Command hello is the smallest Gin app that works: the metric footprint.app_lines counts its lines.
package main

import "github.com/gin-gonic/gin"

func main() {
	router := gin.Default()
	router.GET("/", func(c *gin.Context) {
		c.String(200, "Hello, World!")
	})
	router.Run("127.0.0.1:8080")
}
