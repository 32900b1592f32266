/** What to do at the providers that most have. The addresses stand with each provider once it is added. */
export function IssuerSteps() {
  return (
    <section className="card stack" aria-label="What to do at the provider">
      <h2>What to do at the provider</h2>
      <p className="quiet">
        First register an application there and add it here with its client id and secret; then enter the addresses that
        this page shows, and check it.
      </p>
      <h3>Microsoft Entra ID</h3>
      <ol>
        <li>App registrations, New registration, this directory only; platform Web, with the redirect URI.</li>
        <li>Certificates and secrets, New client secret. Front-channel logout stays empty.</li>
        <li>
          Issuer <code className="wrap">https://login.microsoftonline.com/TENANT/v2.0</code> with your tenant id; claim{' '}
          <code>oid</code>, where provisioning maps objectId to externalId.
        </li>
      </ol>
      <h3>Okta</h3>
      <ol>
        <li>Applications, Create App Integration, OIDC, Web Application, authorization code.</li>
        <li>Sign-in redirect URI, sign-out redirect URI and back-channel logout as above; require PKCE.</li>
        <li>
          Issuer <code className="wrap">https://ORGANIZATION.okta.com</code>; claim <code>sub</code>.
        </li>
      </ol>
      <h3>Keycloak</h3>
      <ol>
        <li>Clients, Create client, OpenID Connect, client authentication on, standard flow only.</li>
        <li>Valid redirect URI, valid post logout redirect URI and back-channel logout URL as above.</li>
        <li>
          Issuer <code className="wrap">https://HOST/realms/REALM</code>; claim <code>sub</code>.
        </li>
      </ol>
    </section>
  )
}
