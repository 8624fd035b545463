// The provider's own pages, in its own words: who one is, and leaving.

const page = (title, body) => `<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

const escaped = (text) => String(text).replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

export function loginPage(uid, unknown) {
  return page(
    'Fournisseur d’identité de test',
    `${unknown ? '<p role="alert">Cette adresse n’est pas connue.</p>' : ''}
    <form method="post" action="/api/v2/interaction/${escaped(uid)}">
      <label for="email">Adresse électronique professionnelle</label>
      <input id="email" name="email" type="email" autocomplete="off">
      <button name="act" value="login">Continuer</button>
      <button name="act" value="cancel">Annuler</button>
    </form>`,
  );
}

// ProConnect asks nothing before it closes its session: the form sends itself where scripts run.
export function logoutPage(form) {
  return page(
    'Fin de session',
    `${form}<button form="op.logoutForm" name="logout" value="yes">Se déconnecter</button>
    <script>
      const form = document.getElementById("op.logoutForm");
      form.insertAdjacentHTML("beforeend", '<input type="hidden" name="logout" value="yes">');
      form.submit();
    </script>`,
  );
}
