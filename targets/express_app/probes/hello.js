// The smallest Express app that works: the metric footprint.app_lines counts its lines. `node hello.js` serves it.
const express = require('express')
const app = express()
const port = 3000

app.get('/', (req, res) => {
  res.send('Hello, World!')
})

app.listen(port, () => {
  console.log(`Example app listening on port ${port}`)
})
