// What runs in the browser without asking the server.
const SCHEME = "data-mantine-color-scheme";

function schemeShown() {
    return document.documentElement.getAttribute(SCHEME) === "dark" ? "dark" : "light";
}

// The figures follow light and dark however it changed: by the switch, by the system, or in another tab.
new MutationObserver(function () {
    window.dash_clientside.set_props("scheme", { data: schemeShown() });
}).observe(document.documentElement, { attributeFilter: [SCHEME] });

window.dash_clientside = Object.assign({}, window.dash_clientside, {
    tickertape: {
        pause: function (running) {
            return [!running, !running, running ? "on" : "off"];
        },

        scheme: function () {
            return schemeShown();
        },

        // Keeps the address in step with the choices, so that a copied link shows the same view.
        // replaceState: the browser's back button leaves the page instead of undoing one choice after another.
        writeAddress: function (...choices) {
            const defaults = choices.pop();
            const names = Object.keys(defaults);
            const query = new URLSearchParams();
            names.forEach((name, place) => {
                const value = choices[place];
                if (value && value !== defaults[name]) {
                    query.set(name, name === "level" ? value.toLowerCase() : value);
                }
            });
            const search = query.toString();
            history.replaceState(history.state, "", location.pathname + (search ? "?" + search : ""));
            return search;
        },
    },
});
