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

    return {
        recall: name => localStorage.getItem("pellucid-" + name),
        remember: (name, value) => localStorage.setItem("pellucid-" + name, value),
        browserLanguage: () => navigator.language,
        prefersDark: () => matchMedia("(prefers-color-scheme: dark)").matches,
        setPage: (language, dark) => {
            document.documentElement.lang = language;
            document.documentElement.dataset.theme = dark ? "dark" : "light";
            document.documentElement.style.colorScheme = dark ? "dark" : "light";
        },
        copy: text => navigator.clipboard.writeText(text),
        saveText: (name, type, text) => save(name, new Blob([text], { type })),
        savePng: async (name, svg) => save(name, await paint(svg)),
        saveCanvas: (canvas, name) => canvas.toBlob(blob => save(name, blob), "image/png"),

        drawHeads: (container, bytes, side, dark) =>
            container.querySelectorAll("canvas").forEach((canvas, i) => draw(canvas, bytes, i * side * side, side, dark)),

        // One head, large: what is under the pointer is told, a click or the arrow keys choose a query and a key.
        drawMatrix: (canvas, bytes, names, dark, query, key, listener) => {
            const side = names.length;
            draw(canvas, bytes, 0, side, dark);
            const matrix = canvas.closest(".matrix"), tip = matrix.querySelector(".matrix-tip"), mark = matrix.querySelector(".matrix-mark");
            const cell = event => {
                const box = canvas.getBoundingClientRect();
                const at = (value, length) => Math.min(side - 1, Math.max(0, Math.floor(value / length * side)));
                return [at(event.clientY - box.top, box.height), at(event.clientX - box.left, box.width)];
            };
            const tell = (row, column) => tip.textContent = column > row ? "" : `${row} ${names[row]} → ${column} ${names[column]}: ${(bytes[row * side + column] / 255).toFixed(2)}`;
            const place = (row, column) => {
                const size = 100 / side;
                mark.style.cssText = `left:${column * size}%;top:${row * size}%;width:${size}%;height:${size}%`;
                tell(row, column);
            };
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
})();
