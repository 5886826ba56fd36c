// Starts a PLC directory and a PDS on loopback, prints where they are as one line of JSON.
// argv[2] is JSON: {modules, data, appView, rateLimits}
const options = JSON.parse(process.argv[2]);
const { createRequire } = require('module');
const crypto = require('crypto');
const net = require('net');
const path = require('path');
const installed = createRequire(path.join(options.modules, 'package.json'));
const plc = installed('@did-plc/server');
const { PDS, envToCfg, envToSecrets } = installed('@atproto/pds');
const { Secp256k1Keypair } = installed('@atproto/crypto');

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' ? listen.call(this, port, '127.0.0.1', ...rest) : listen.call(this, port, ...rest);
};

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

(async () => {
  const directoryPort = await freePort();
  const directory = plc.PlcServer.create({ db: plc.Database.mock(), port: directoryPort });
  await directory.start();
  const port = await freePort();
  const env = {
    devMode: true,
    port,
    hostname: 'localhost',
    dataDirectory: options.data,
    blobstoreDiskLocation: path.join(options.data, 'blobs'),
    adminPassword: crypto.randomBytes(16).toString('hex'),
    jwtSecret: crypto.randomBytes(16).toString('hex'),
    serviceHandleDomains: ['.test'],
    didPlcUrl: `http://127.0.0.1:${directoryPort}`,
    inviteRequired: false,
    disableSsrfProtection: true,
    plcRotationKeyK256PrivateKeyHex: crypto.randomBytes(32).toString('hex'),
    recoveryDidKey: (await Secp256k1Keypair.create()).did(),
    bskyAppViewUrl: options.appView,
    bskyAppViewDid: 'did:web:appview.test',
    rateLimitsEnabled: options.rateLimits,
  };
  const pds = await PDS.create(envToCfg(env), envToSecrets(env));
  await pds.start();
  process.on('SIGTERM', async () => {
    await pds.destroy();
    await directory.destroy();
    process.exit(0);
  });
  console.log(JSON.stringify({ pds: `http://127.0.0.1:${port}`, directory: `http://127.0.0.1:${directoryPort}` }));
})();
