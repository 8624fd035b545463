// A certified OpenID provider (oidc-provider), set as ProConnect is: code flow, userinfo as a signed JWT, levels
// asked by the `claims` parameter, a code of 30 seconds, and no parameter but those its documentation lists.
// `POST /_test` lets a test change what it does: see `control`.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { SignJWT, decodeJwt, importJWK } from 'jose';
import Provider from 'oidc-provider';

import { loginPage, logoutPage } from './pages.mjs';
import { Storage } from './storage.mjs';

const PREFIX = '/api/v2';
const SCOPES = { given_name: ['given_name'], usual_name: ['usual_name'], email: ['email'], siret: ['siret'] };
const ASKED = ['response_type', 'client_id', 'redirect_uri', 'scope', 'claims', 'acr_values', 'state', 'nonce', 'prompt', 'idp_hint', 'login_hint'];
const PKCE = ['code_challenge', 'code_challenge_method'];
const SECRET = 'the client’s secret, which only the tests know'.replace(/\W/g, '-');

const accounts = new Map(); // by subject
const settings = {};
let addresses = { back: [], left: [] };
let keys = newKeys();
let provider;
let issuer;

function newKeys() {
  const kid = randomBytes(8).toString('hex');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return [{ ...rsa, kid: `${kid}-rs`, use: 'sig', alg: 'RS256' }, { ...curve, kid: `${kid}-es`, use: 'sig', alg: 'ES256' }];
}

function reset() {
  for (const name of Object.keys(settings)) delete settings[name];
  Object.assign(settings, { codeSeconds: 30, idToken: {}, userinfo: {}, foreignKey: false, plain: false, silent: [] });
  accounts.clear();
}

function client(id, pkce, algorithm = 'RS256') {
  return {
    client_id: id,
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    redirect_uris: addresses.back,
    post_logout_redirect_uris: addresses.left,
    id_token_signed_response_alg: algorithm,
    userinfo_signed_response_alg: algorithm,
    'test:pkce': pkce,
  };
}

function build() {
  provider = new Provider(issuer, {
    adapter: Storage,
    clients: [client('bonus', false), client('bonus-pkce', true), client('bonus-es256', false, 'ES256')],
    extraClientMetadata: { properties: ['test:pkce'] },
    jwks: { keys },
    cookies: { keys: ['a key for cookies that only the tests know'] },
    routes: { authorization: '/authorize', token: '/token', userinfo: '/userinfo', jwks: '/jwks', end_session: '/session/end' },
    scopes: ['openid', ...Object.keys(SCOPES)],
    claims: { openid: ['sub'], ...SCOPES, acr: null, amr: null, auth_time: null, iss: null, sid: null },
    acrValues: ['eidas1', 'eidas2', 'eidas3'],
    responseTypes: ['code'],
    pkce: { required: (ctx, asking) => asking['test:pkce'] },
    ttl: { AuthorizationCode: () => settings.codeSeconds, AccessToken: 60, IdToken: 60, Interaction: 600, Session: 43200, Grant: 43200 },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      jwtUserinfo: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = logoutPage(form); } },
    },
    interactions: { url: (ctx, interaction) => `${PREFIX}/interaction/${interaction.uid}` },
    async findAccount(ctx, subject) {
      const account = accounts.get(subject);
      return account && { accountId: subject, claims: () => ({ sub: subject, ...account.claims }) };
    },
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope(ctx.oidc.params.scope);
      grant.addOIDCClaims(['acr', 'amr']);
      await grant.save();
      return grant;
    },
  });
  provider.use(disturb);
}

// What a test asked to be wrong in an answer; signed again, by our key or by one nobody knows.
async function disturb(ctx, next) {
  await next();
  const answer = ctx.path === '/token' ? 'idToken' : ctx.path === '/userinfo' ? 'userinfo' : null;
  if (!answer || ctx.status !== 200) return;
  const changes = settings[answer];
  if (answer === 'userinfo' && settings.plain) {
    ctx.body = JSON.stringify(decodeJwt(ctx.body));
    ctx.type = 'application/json';
  } else if (Object.keys(changes).length || settings.foreignKey) {
    const former = answer === 'idToken' ? ctx.body.id_token : ctx.body;
    const [key] = settings.foreignKey ? newKeys() : keys;
    const { kid } = keys[0];
    const made = await new SignJWT({ ...decodeJwt(former), ...changes })
      .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
      .sign(await importJWK(key, 'RS256'));
    ctx.body = answer === 'idToken' ? { ...ctx.body, id_token: made } : made;
  }
}

const body = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

const send = (response, status, type, text) => {
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' });
  response.end(text);
};

async function control(request, response) {
  const { action, ...values } = JSON.parse(await body(request));
  if (action === 'reset') reset();
  if (action === 'set') Object.assign(settings, values);
  if (action === 'account') accounts.set(values.claims.sub, { acr: 'eidas1', amr: ['pwd'], ...values });
  if (action === 'rotate') keys = newKeys();
  if (action === 'addresses') addresses = values;
  if (action === 'rotate' || action === 'addresses') build();
  send(response, 200, 'application/json', JSON.stringify({ secret: SECRET, issuer }));
}

async function interaction(request, response) {
  const details = await provider.interactionDetails(request, response);
  if (request.method === 'GET') return send(response, 200, 'text/html', loginPage(details.uid, false));
  const form = new URLSearchParams(await body(request));
  if (form.get('act') === 'cancel') {
    const refused = { error: 'access_denied', error_description: 'User auth aborted' };
    return provider.interactionFinished(request, response, refused, { mergeWithLastSubmission: false });
  }
  const found = [...accounts].find(([, account]) => account.claims.email === form.get('email'));
  if (!found) return send(response, 200, 'text/html', loginPage(details.uid, true));
  const [subject, { acr, amr }] = found;
  return provider.interactionFinished(request, response, { login: { accountId: subject, acr, amr, remember: false } }, { mergeWithLastSubmission: false });
}

// ProConnect's own answer to what its documentation does not list.
function refusal(url) {
  const names = [...url.searchParams.keys()];
  const allowed = url.searchParams.get('client_id') === 'bonus-pkce' ? [...ASKED, ...PKCE] : ASKED;
  const short = ['state', 'nonce'].some((name) => (url.searchParams.get(name) ?? '').length < 32);
  return short || names.some((name) => !allowed.includes(name)) || new Set(names).size < names.length;
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, issuer);
  const path = url.pathname.startsWith(PREFIX) ? url.pathname.slice(PREFIX.length) : null;
  try {
    if (url.pathname === '/_test') return await control(request, response);
    if (path === null) return send(response, 404, 'text/plain', 'Y000404');
    if (settings.silent.includes(path)) return request.socket.destroy();
    if (path.startsWith('/interaction/')) return await interaction(request, response);
    if (path === '/authorize' && refusal(url)) return send(response, 400, 'text/plain', 'Y000400 : Bad Request Exception');
    request.originalUrl = request.url;
    request.url = request.url.slice(PREFIX.length);
    return provider.callback()(request, response);
  } catch (error) {
    return send(response, 500, 'text/plain', String(error));
  }
});

// Whoever started this holds the other end: it ends with them, even killed.
process.stdin.resume();
process.stdin.on('end', () => process.exit());

server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}${PREFIX}`;
  reset();
  build();
  process.stdout.write(`${issuer}\n`);
});
