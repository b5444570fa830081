// An OpenID provider that the tests sign in with: PKCE is required, refresh tokens are used once, and whoever uses one
// again loses the family. It listens on loopback; PORT, JWKS and CLIENTS come by the environment. /control tells how
// often each grant was asked for, and has it be away.
import { Provider } from "oidc-provider";

const { PORT, JWKS, CLIENTS } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
const counts = {};
let away = "";

const provider = new Provider(issuer, {
  clients: JSON.parse(CLIENTS),
  jwks: JSON.parse(JWKS),
  cookies: { keys: ["of the tests"] },
  pkce: { required: () => true },
  scopes: ["openid", "offline_access", "profile", "email"],
  claims: { openid: ["sub", "sid"], profile: ["name"], email: ["email", "email_verified"] },
  conformIdTokenClaims: true,
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  ttl: { AuthorizationCode: 60, IdToken: 3600, Interaction: 600, Session: 3600, Grant: 3600, RefreshToken: 3600 },
  features: {
    devInteractions: { enabled: true },
    backchannelLogout: { enabled: true },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "https://pm-assist.example.com",
      useGrantedResource: () => true,
      // The first ends soon: the service's clock goes on in the tests, and this one does not.
      getResourceServerInfo: (ctx) => ({
        scope: "",
        audience: "pm-assist",
        accessTokenFormat: "jwt",
        accessTokenTTL: ctx.oidc.params?.grant_type === "refresh_token" ? 3600 : 300,
        jwt: { sign: { alg: "RS256" } },
      }),
    },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id, email: `${id}@example.com`, email_verified: true }) }),
  extraTokenClaims: (_, token) => ({ name: token.accountId, email: `${token.accountId}@example.com` }),
  // Nobody is asked whether they agree: whoever signs in does.
  async loadExistingGrant(ctx) {
    const { client, session } = ctx.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid offline_access profile email");
    grant.addResourceScope("https://pm-assist.example.com", "");
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  if (ctx.path === "/control") {
    away = ctx.query.away ?? away;
    ctx.body = counts;
  } else if (away === "closed") {
    ctx.respond = false;
    ctx.req.socket.destroy();
  } else if (away) {
    ctx.status = Number(away);
  } else {
    await next();
    const grant = ctx.oidc?.params?.grant_type;
    if (ctx.path === "/token" && grant) counts[grant] = (counts[grant] ?? 0) + 1;
  }
});

provider.listen(Number(PORT), "127.0.0.1");
