// Starts an OpenID provider on loopback and prints its issuer as one line of JSON.
// argv[2] is JSON: {modules, jwks, desk, secret}; POST /people says who there is, by login.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const options = JSON.parse(process.argv[2]);
const installed = createRequire(path.join(options.modules, 'package.json'));
const { Provider } = await import(pathToFileURL(installed.resolve('oidc-provider')));

const server = createServer();
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
const people = {};

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'dialogwerk',
    client_secret: options.secret,
    redirect_uris: [`${options.desk}/sign-in/provider/return`],
    post_logout_redirect_uris: [`${options.desk}/sign-in`],
    backchannel_logout_uri: `${options.desk}/sign-in/provider/logout`,
    backchannel_logout_session_required: true,
  }],
  jwks: options.jwks,
  cookies: { keys: ['for tests only'] },
  claims: {
    openid: ['sub', 'amr'],
    email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username', 'groups'],
  },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, ...(people[id] ?? {}), amr: undefined }),
  }),
  // whoever signs in agrees to everything
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
  // the provider refuses to call loopback by itself, where our desk is
  fetch: (url, { dispatcher, ...rest }) => fetch(url, rest),
});

const read = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

provider.use(async (ctx, next) => {
  if (ctx.path === '/people') {
    Object.assign(people, JSON.parse(await read(ctx.req)));
    ctx.body = {};
  } else if (ctx.path.startsWith('/interaction/') && ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = '<form method="post"><input name="login"><button>Sign in</button>'
      + '<button name="abort" value="yes">Cancel</button></form>';
  } else if (ctx.path.startsWith('/interaction/')) {
    const form = new URLSearchParams(await read(ctx.req));
    const login = form.get('login');
    ctx.respond = false;
    await provider.interactionFinished(ctx.req, ctx.res, form.get('abort')
      ? { error: 'access_denied', error_description: 'broken off' }
      : { login: { accountId: login, amr: people[login]?.amr } });
  } else {
    await next();
  }
});

server.on('request', provider.callback());
process.on('SIGTERM', () => process.exit(0));
console.log(JSON.stringify({ issuer }));
