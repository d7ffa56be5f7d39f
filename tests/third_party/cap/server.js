// Listens on loopback only, where CAP itself would listen on every interface, and says where.
const cds = require('@sap/cds')
const express = require('express')

module.exports = options => {
  const app = express()
  const listen = app.listen.bind(app)
  app.listen = port => listen({ port: Number(port), host: '127.0.0.1' })
  return cds.server({ ...options, app })
}

cds.once('listening', ({ server }) => console.log(`ready on port ${server.address().port}`))
