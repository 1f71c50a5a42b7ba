// A provider of OpenID Connect for tests: oidc-provider as it is, with its own
// pages for signing in, and a second port by which a test says who people are.
// Arguments: the folder with node_modules, and the issuer ("" for its own address).
// It ends when its standard input does.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const [folder, wantedIssuer] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`).href);

let clients = [];
let claims = {}; // by subject
let claimsInToken = false;
let amr = '';
let trouble = null; // { status, delay }: what every request meets instead of the provider
let keys = [newKey()];
let requests = []; // paths, to see what was asked

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomUUID() };
}

let issuer;
let handle = (_, res) => res.writeHead(503).end();

function renew() {
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys },
    cookies: { keys: ['a key for cookies of a test'] },
    claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    scopes: ['openid', 'email', 'profile', 'groups'],
    conformIdTokenClaims: !claimsInToken,
    pkce: { required: () => true },
    features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true }, userinfo: { enabled: true } },
    ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, Interaction: 600, Session: 3600, Grant: 3600 },
    fetch: (url, { dispatcher, ...options }) => fetch(url, options), // its dispatcher refuses addresses of this machine
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, ...claims[sub] }) }),
  });
  const finished = provider.interactionFinished.bind(provider);
  provider.interactionFinished = (req, res, result, ...more) => finished(req, res, result.login && amr ? { ...result, login: { ...result.login, amr: [amr] } } : result, ...more);
  provider.on('server_error', (_, err) => process.stderr.write(`${err.stack} ${err.cause ?? ""}\n`));
  provider.on('backchannel.error', (_, err) => process.stderr.write(`${err.stack} ${err.cause ?? ""}\n`));
  handle = provider.callback();
}

const server = createServer(async (req, res) => {
  requests.push(req.url.split('?')[0]);
  if (trouble?.delay) await new Promise((done) => setTimeout(done, trouble.delay));
  if (trouble?.status) return res.writeHead(trouble.status).end('{}');
  return handle(req, res);
});

const orders = {
  clients: (list) => { clients = list; renew(); },
  claims: (all) => { claims = all; },
  claimsInToken: (yes) => { claimsInToken = yes; renew(); },
  amr: (value) => { amr = value; },
  rotate: () => { keys = [newKey()]; renew(); },
  trouble: (what) => { trouble = what; },
  requests: () => { const seen = requests; requests = []; return seen; },
};

const control = createServer(async (req, res) => {
  let body = '';
  for await (const chunk of req) body += chunk;
  try {
    const answer = await orders[req.url.slice(1)](JSON.parse(body));
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? null));
  } catch (err) {
    res.writeHead(400).end(String(err.stack));
  }
});

const listen = (s) => new Promise((done) => s.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${s.address().port}`)));
const url = await listen(server);
issuer = wantedIssuer || url;
process.stdout.write(`listening ${url} ${await listen(control)}\n`);
process.stdin.resume().on('end', () => process.exit(0));
