// What only the browser can do: files, the clipboard, canvases, and what it remembers of the reader's choices.
window.pellucid = (() => {
    const save = (name, blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob);
        link.download = name;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    };

    const paint = svg => new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => {
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
            canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
            canvas.toBlob(resolve, "image/png");
        };
        image.onerror = reject;
        image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg);
    });

    // Canvases as one: a single one large, several in rows, each with its name below.
    const join = (element, columns) => {
        const canvases = [...element.querySelectorAll("canvas")], several = canvases.length > 1, dark = document.documentElement.dataset.theme === "dark";
        const size = several ? 96 : canvases[0].width * Math.max(1, Math.floor(512 / canvases[0].width)), gap = several ? 20 : 0;
        const all = document.createElement("canvas");
        [all.width, all.height] = [columns * (size + gap), Math.ceil(canvases.length / columns) * (size + gap)];
        const context = all.getContext("2d");
        context.fillStyle = dark ? "#14171c" : "#ffffff";
        context.fillRect(0, 0, all.width, all.height);
        [context.fillStyle, context.font, context.imageSmoothingEnabled] = [dark ? "#e6e9ee" : "#1c2128", "12px sans-serif", false];
        canvases.forEach((canvas, i) => {
            const [x, y] = [i % columns * (size + gap), Math.floor(i / columns) * (size + gap)];
            context.drawImage(canvas, x, y, size, size);
            if (several)
                context.fillText(canvas.parentElement.dataset.head, x, y + size + 13);
        });
        return all;
    };

    const wrap = (canvas, title) => {
        const svg = document.implementation.createDocument("http://www.w3.org/2000/svg", "svg");
        const add = (name, attributes, text = "") => {
            const element = name === "svg" ? svg.documentElement : svg.documentElement.appendChild(svg.createElementNS("http://www.w3.org/2000/svg", name));
            for (const [key, value] of Object.entries(attributes))
                element.setAttribute(key, value);
            element.append(text);
        };
        const { width, height } = canvas;
        add("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
        add("title", {}, title);
        add("image", { width, height, href: canvas.toDataURL("image/png") });
        return new XMLSerializer().serializeToString(svg);
    };

    // Weights as bytes, row by row, in one ink on the ground's own colour.
    const draw = (canvas, bytes, offset, side, dark) => {
        [canvas.width, canvas.height] = [side, side];
        const context = canvas.getContext("2d"), picture = context.createImageData(side, side);
        const ink = dark ? [251, 146, 60] : [194, 65, 12], ground = dark ? [28, 32, 39] : [243, 244, 246];
        for (let i = 0; i < side * side; i++) {
            const share = bytes[offset + i] / 255, beyond = i % side > Math.floor(i / side);
            for (let c = 0; c < 3; c++)
                picture.data[4 * i + c] = Math.round(ground[c] + (ink[c] - ground[c]) * share);
            picture.data[4 * i + 3] = beyond ? 0 : 255;
        }
        context.putImageData(picture, 0, 0);
    };

    // A grid is one stop of the Tab key: arrow keys move within it, and the stop moves with them.
    const rows = grid => {
        const lines = new Map();
        for (const button of grid.querySelectorAll("button")) {
            const top = button.offsetTop + (button.closest("tr")?.rowIndex ?? 0) * 10000;
            lines.set(top, [...lines.get(top) ?? [], button]);
        }
        return [...lines.values()];
    };
    document.addEventListener("keydown", event => {
        const grid = event.target.closest?.("[data-grid]");
        if (!grid || event.ctrlKey || event.metaKey || event.altKey)
            return;
        const lines = rows(grid), row = lines.findIndex(line => line.includes(event.target)), column = lines[row]?.indexOf(event.target);
        const flat = lines.flat(), at = flat.indexOf(event.target);
        const next = {
            ArrowLeft: flat[at - 1], ArrowRight: flat[at + 1], Home: lines[row]?.[0], End: lines[row]?.at(-1),
            ArrowUp: lines[row - 1]?.[Math.min(column, lines[row - 1].length - 1)],
            ArrowDown: lines[row + 1]?.[Math.min(column, lines[row + 1].length - 1)],
        };
        if (at < 0 || !(event.key in next))
            return;
        event.preventDefault();
        next[event.key]?.focus();
    });
    document.addEventListener("focusin", event => {
        const grid = event.target.closest?.("[data-grid]");
        for (const button of grid?.querySelectorAll("button") ?? [])
            button.tabIndex = button === event.target ? 0 : -1;
    });

    // A word of the glossary says what it means while it is pointed at or has the focus; Escape takes that away.
    const tip = Object.assign(document.createElement("div"), { className: "term-tip", hidden: true });
    tip.setAttribute("aria-hidden", "true"); // who hears the page is told by the word's own description
    document.body.append(tip);
    const explain = term => {
        tip.hidden = !term;
        if (!term)
            return;
        tip.textContent = document.getElementById("glossary-" + term.dataset.term)?.textContent ?? "";
        const box = term.getBoundingClientRect();
        tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
        tip.style.top = `${box.bottom + tip.offsetHeight < innerHeight ? box.bottom : box.top - tip.offsetHeight}px`;
    };
    for (const kind of ["mouseover", "focusin"])
        document.addEventListener(kind, event => event.target !== tip
            && explain(event.target.closest?.("[data-term]") ?? document.activeElement.closest?.("[data-term]")));
    document.addEventListener("keydown", event => event.key === "Escape" && explain(null));
    document.addEventListener("scroll", () => explain(null), true);

    // A box of a graph is its node's button; the box tells its name, and the labels on it let the pointer through.
    document.addEventListener("click", event => {
        const name = event.target.closest?.(".graph rect")?.querySelector("title")?.textContent;
        name && document.querySelector(`[data-node="${CSS.escape(name)}"]`)?.click();
    });

    // As everywhere; a text field has its own.
    document.addEventListener("keydown", event => {
        const key = event.key.toLowerCase();
        if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key) || event.target.closest?.("input, textarea"))
            return;
        event.preventDefault();
        document.querySelector(`[data-step=${key === "y" || event.shiftKey ? "redo" : "undo"}]`)?.click();
    });

    return {
        recall: name => localStorage.getItem("pellucid-" + name),
        remember: (name, value) => localStorage.setItem("pellucid-" + name, value),
        forget: name => localStorage.removeItem("pellucid-" + name),
        // False where the browser has no room, or keeps nothing at all.
        tryRemember: (name, value) => {
            try {
                localStorage.setItem("pellucid-" + name, value);
                return true;
            } catch {
                return false;
            }
        },
        browserLanguage: () => navigator.language,
        prefersDark: () => matchMedia("(prefers-color-scheme: dark)").matches,
        setPage: (language, dark) => {
            document.documentElement.lang = language;
            document.documentElement.dataset.theme = dark ? "dark" : "light";
            document.documentElement.style.colorScheme = dark ? "dark" : "light";
        },
        saveText: (name, type, text) => save(name, new Blob([text], { type })),
        focusPanel: () => {
            const panel = document.querySelector(".mud-tabs-panels");
            panel.tabIndex = -1;
            panel.focus();
        },

        // Of what is wider than the page, the part that is looked at.
        reveal: wide => {
            const stage = wide?.querySelector(".stage[aria-pressed=true]");
            if (stage)
                wide.scrollTo({ left: stage.offsetLeft - (wide.clientWidth - stage.offsetWidth) / 2,
                    behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
        },

        // A picture, as SVG or as canvases, or its numbers, to a file or to the clipboard; false where the browser forbids it.
        keep: async (format, name, title, text, canvases, columns, copies) => {
            const joined = text === null ? join(canvases, columns) : null;
            const type = { SVG: "image/svg+xml", PNG: "image/png", JSON: "application/json" }[format];
            const written = format === "PNG" ? null : text ?? wrap(joined, title);
            const blob = written !== null ? new Blob([written], { type }) : joined ? await new Promise(resolve => joined.toBlob(resolve, type)) : await paint(text);
            if (!copies) {
                save(name, blob);
                return true;
            }
            try {
                await (written !== null ? navigator.clipboard.writeText(written) : navigator.clipboard.write([new ClipboardItem({ [type]: blob })]));
                return true;
            } catch {
                return false;
            }
        },

        // The element may be gone by the time that its picture comes: then there is nothing to draw on.
        drawHeads: (container, bytes, side, dark) =>
            container?.querySelectorAll("canvas").forEach((canvas, i) => draw(canvas, bytes, i * side * side, side, dark)),

        // One head, large: what is under the pointer is told, a click or the arrow keys choose a query and a key.
        drawMatrix: (canvas, bytes, names, dark, query, key, largest, text, reversed, listener) => {
            if (!canvas)
                return;
            const side = names.length;
            draw(canvas, bytes, 0, side, dark);
            const matrix = canvas.closest(".matrix"), tip = matrix.querySelector(".matrix-tip"), mark = matrix.querySelector(".matrix-mark");
            const cell = event => {
                const box = canvas.getBoundingClientRect();
                const at = (value, length) => Math.min(side - 1, Math.max(0, Math.floor(value / length * side)));
                return [at(event.clientY - box.top, box.height), at(event.clientX - box.left, box.width)];
            };
            const tell = (row, column) => tip.textContent = column > row ? "" : `${row} ${names[row]} → ${column} ${names[column]}: ${(largest * bytes[row * side + column] / 255).toFixed(2)}`;
            const place = (row, column) => {
                const size = 100 / side;
                mark.style.cssText = `left:${column * size}%;top:${row * size}%;width:${size}%;height:${size}%`;
                tell(row, column);
            };
            // The same on the text itself: one token is chosen or pointed at, the others are as dark as it looks at them, or they at it.
            const tokens = [...text?.querySelectorAll(".token") ?? []];
            const shade = at => tokens.forEach((token, i) => {
                const [row, column] = reversed ? [i, at] : [at, i], share = row < column ? 0 : bytes[row * side + column] / 255;
                token.style.setProperty("--share", share.toFixed(3));
                token.title = row < column ? "" : `${names[row]} → ${names[column]}: ${(largest * share).toFixed(2)}`;
            });
            shade(query);
            tokens.forEach((token, i) => token.onmouseenter = token.onfocus = () => shade(i));
            if (text)
                text.onmouseleave = text.onfocusout = () => shade(query);
            place(query, key);
            canvas.onmousemove = event => tell(...cell(event));
            canvas.onmouseleave = () => tell(query, key);
            const pick = (row, column) => {
                [query, key] = [row, Math.min(row, column)];
                place(query, key);
                listener.invokeMethodAsync("PickAsync", query, key);
            };
            canvas.onclick = event => pick(...cell(event));
            canvas.onkeydown = event => {
                const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
                if (!step)
                    return;
                event.preventDefault();
                const row = Math.min(side - 1, Math.max(0, query + step[0]));
                pick(row, Math.min(row, Math.max(0, key + step[1])));
            };
        },
    };

    // A server that was started again does not know this page any more, but the address does.
    const lost = document.getElementById("components-reconnect-modal");
    lost.addEventListener("components-reconnect-state-changed", event => event.detail.state === "rejected" && location.reload());
    lost.onclick = event => {
        event.preventDefault();
        if (event.target.matches("a"))
            location.reload();
    };
})();
