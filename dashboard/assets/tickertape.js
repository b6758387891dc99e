// What runs in the browser without asking the server.
const SCHEME = "data-mantine-color-scheme";

function schemeShown() {
    return document.documentElement.getAttribute(SCHEME) === "dark" ? "dark" : "light";
}

// The figures follow light and dark however it changed: by the switch, by the system, or in another tab.
new MutationObserver(function () {
    window.dash_clientside.set_props("scheme", { data: schemeShown() });
}).observe(document.documentElement, { attributeFilter: [SCHEME] });

// Where a login has ended, the page asks for it again instead of standing still.
const ask = window.fetch;
window.fetch = async function (...asked) {
    const answer = await ask.apply(this, asked);
    if (answer.status === 401) {
        location.assign("/login?" + new URLSearchParams({ next: location.pathname + location.search }));
    }
    return answer;
};

function inAddress(name, value) {
    const text = Array.isArray(value) ? value.filter(Boolean).join(",") : value || "";
    return name === "level" ? text.toLowerCase() : text;
}

// Path and query of the view that is shown.
let shownAddress = null;

window.dash_clientside = Object.assign({}, window.dash_clientside, {
    tickertape: {
        pause: function (running) {
            return [!running, !running, running ? "on" : "off"];
        },

        scheme: function () {
            return schemeShown();
        },

        // Where the viewer went by a link or the back button; what a page wrote itself is no arrival.
        arrive: function (path, search) {
            const address = path + (search || "");
            if (!path || address === shownAddress) {
                return window.dash_clientside.no_update;
            }
            shownAddress = address;
            return [path, search || ""];
        },

        // A tab, a bookmark and a screen reader name the page.
        title: function (links) {
            const current = (links || []).find((link) => link.props["aria-current"]);
            if (current) {
                document.title = current.props.children + " · tickertape";
            }
            // On a phone the links are a strip that is swiped; the page's own is not yet drawn.
            requestAnimationFrame(() => {
                const link = document.querySelector("#links [aria-current]");
                if (link) {
                    link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.clientWidth / 2;
                }
            });
        },

        // A word of the cloud is looked for; a second click takes it back.
        chooseWord: function (clicks, words) {
            const [pressed] = window.dash_clientside.callback_context.triggered;
            if (!pressed || !pressed.value) {
                return window.dash_clientside.no_update;
            }
            const word = JSON.parse(pressed.prop_id.slice(0, pressed.prop_id.lastIndexOf("."))).word;
            return word === (words || "").trim().toLowerCase() ? "" : word;
        },

        // What a browser has saved is read anew each time: another tab may have saved meanwhile.
        saveSearch: function (click, enter, forgets, name, address) {
            const [pressed] = window.dash_clientside.callback_context.triggered;
            const none = window.dash_clientside.no_update;
            if (!pressed || !pressed.value) {
                return [none, none];
            }
            let saved = [];
            try {
                saved = JSON.parse(localStorage.getItem("search-saved")) || [];
            } catch (blocked) { /* private mode */ }
            if (pressed.prop_id.startsWith("{")) {
                const forgotten = JSON.parse(pressed.prop_id.slice(0, pressed.prop_id.lastIndexOf("."))).name;
                return [saved.filter((each) => each.name !== forgotten), none];
            }
            const called = (name || "").trim();
            if (!called) {
                document.getElementById("search-name").focus();
                return [none, none];
            }
            // Saved is what is looked for, not how far one has read.
            const query = new URLSearchParams(address || "");
            query.delete("after");
            const others = saved.filter((each) => each.name !== called);
            return [[{ name: called, query: query.toString() }, ...others].slice(0, 50), ""];
        },

        // A drag on a phone scrolls the page; buttons zoom there.
        touch: function () {
            return matchMedia("(hover: none)").matches;
        },

        // Keeps the address in step with the choices, so that a copied link shows the same view.
        // replaceState: the browser's back button leaves the page instead of undoing one choice after another.
        writeAddress: function (...choices) {
            const defaults = choices.pop();
            const names = Object.keys(defaults);
            const query = new URLSearchParams();
            names.forEach((name, place) => {
                const value = inAddress(name, choices[place]);
                if (value && value !== inAddress(name, defaults[name])) {
                    query.set(name, value);
                }
            });
            // Lists and times stay readable: a comma and a colon need no escape in a query.
            const text = query.toString().replaceAll("%2C", ",").replaceAll("%3A", ":");
            const search = text ? "?" + text : "";
            history.replaceState(history.state, "", location.pathname + search);
            shownAddress = location.pathname + search;
            // Dash does not notice replaceState, and would take a link to the page's bare address for no change.
            window.dash_clientside.set_props("address", { search: search, href: location.href });
            return search;
        },
    },
});
