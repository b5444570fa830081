// Hands what an authorisation server answered to the page that asked for it: Swagger UI leaves what it waits for,
// and what is to be called with the answer, in its window. The state must be the one that it sent (RFC 6749
// section 10.12).
"use strict";

const asked = window.opener.swaggerUIRedirectOauth2;
const answer = Object.fromEntries(new URLSearchParams(location.hash.slice(1) || location.search.slice(1)));
const { auth } = asked;

function fail(message) {
  asked.errCb({ authId: auth.name, source: "auth", level: "error", message });
}

if (answer.state !== asked.state) {
  fail("This answer belongs to another request.");
} else if (answer.error) {
  fail(`${answer.error}: ${answer.error_description || "no more is known"}`);
} else if (answer.code) {
  delete asked.state;
  auth.code = answer.code;
  asked.callback({ auth, redirectUrl: asked.redirectUrl });
} else if (answer.access_token) {
  asked.callback({ auth, token: answer, isValid: true, redirectUrl: asked.redirectUrl });
} else {
  fail("The answer holds neither a code nor a token.");
}
window.close();
