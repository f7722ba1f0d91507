using System.Globalization;
using System.Web;
using Microsoft.Playwright;
using Pellucid.Generation;
using Pellucid.Looking;
using Pellucid.Tensors.Cpu;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Neurons found by example and by topic, and a model steered by sets of texts while it writes.</summary>
public sealed class SearchTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private const string Text = "When Mary and John went to the park, John gave a ring to";

    private static readonly string TextQuery = "text=" + HttpUtility.UrlEncode(Text);

    [Fact]
    public async Task Neurons_are_found_by_example_as_the_library_finds_them_and_are_kept_and_changed()
    {
        string[] examples = ["Mary and John", "the park, John"], others = ["gave a ring to", "When Mary"];
        var page = await explored.OpenAsync($"?panel=neurons&{TextQuery}&lang=en&theme=light&examples="
            + $"{HttpUtility.UrlEncode(string.Join('\n', examples))}&others={HttpUtility.UrlEncode(string.Join('\n', others))}");
        using var backend = CpuBackend.Create(1);
        await using var model = LanguageModel.Load(explored.Model, backend);
        var expected = new Neurons(model.Gpt).ByExample([.. examples.Select(model.Encode)], [.. others.Select(model.Encode)], 12);
        var rows = page.Locator("[data-table=by-example] tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(12);
        for (var i = 0; i < expected.Count; i++)
        {
            Same(expected[i].Least, await rows.Nth(i).Locator("[data-least]").GetAttributeAsync("data-least"));
            Same(expected[i].Most, await rows.Nth(i).Locator("[data-most]").GetAttributeAsync("data-most"));
            await Assertions.Expect(rows.Nth(i).Locator("td").First).ToHaveTextAsync($"{expected[i].Layer}.{expected[i].Index}");
        }

        await rows.Nth(0).GetByRole(AriaRole.Button, new() { Name = "Keep neuron" }).ClickAsync();
        await rows.Nth(1).GetByRole(AriaRole.Button, new() { Name = "Keep neuron" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-table=kept] tr")).ToHaveCountAsync(2);
        await page.ReloadAsync(); // the browser has kept them
        await Assertions.Expect(page.Locator("[data-table=kept] tr")).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Button, new() { Name = "Multiply all" }).ClickAsync();
        await Assertions.Expect(page.Locator(".changes .mono"))
            .ToHaveTextAsync([.. expected.Take(2).Select(neuron => $"n{neuron.Layer}.{neuron.Index}*2")]);
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch all off" }).ClickAsync();
        await Assertions.Expect(page.Locator(".changes .mono"))
            .ToHaveTextAsync([.. expected.Take(2).Select(neuron => $"n{neuron.Layer}.{neuron.Index}=0")]);
        await ExploredModel.KeepAsync(page, "neuron-search");
    }

    [Fact]
    public async Task Topics_and_a_histogram_are_there_once_a_corpus_was_read()
    {
        var page = await explored.OpenAsync("tiny", "?panel=neurons&neuron=1.5&text=The+capital+of+Poland+is&lang=zh&theme=dark");
        await page.GetByLabel("兆字节数").FillAsync("0.02");
        await page.GetByRole(AriaRole.Button, new() { Name = "读微型世界" }).ClickAsync();
        var topic = page.Locator("[data-topic]").First;
        await Assertions.Expect(topic).ToBeVisibleAsync();
        await topic.ClickAsync();
        var shares = page.Locator("[data-table=by-topic] [data-number]");
        await Assertions.Expect(shares.First).ToBeVisibleAsync();
        var told = await shares.EvaluateAllAsync<string[]>("all => all.map(one => one.dataset.number)");
        Assert.Equal(told.OrderByDescending(share => double.Parse(share, CultureInfo.InvariantCulture)), told);
        var counts = await page.Locator("[data-picture=histogram] svg text").AllTextContentsAsync();
        Assert.Contains(counts, count => long.TryParse(count, out var tokens) && tokens > 0);
        await ExploredModel.KeepAsync(page, "neuron-topics-dark");
    }

    [Fact]
    public async Task A_model_steered_by_two_sets_of_texts_writes_beside_the_plain_one()
    {
        var page = await explored.OpenAsync($"?panel=intervene&{TextQuery}&count=6&seed=3&temperature=0.8&lang=en&theme=light");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "What is done" }).ClickAsync();
        await page.GetByText("steer: add a direction").ClickAsync();
        await page.Locator("#toward").FillAsync("the park\nthe market");
        await page.Locator("#away").FillAsync("a ring\na book");
        await page.GetByRole(AriaRole.Combobox, new() { Name = "Piece" }).ClickAsync();
        await page.Locator(".mud-popover-open").GetByText("residual stream", new() { Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        const string change = "r0+2(the park\nthe market|a ring\na book)";
        var said = explored.Json("look", "intervene", explored.Model, Text, "--change", change);
        await Assertions.Expect(page.Locator("[data-value=divergence]")).Not.ToHaveTextAsync("0.000");
        Same(said.GetProperty("divergence").GetDouble(), await page.Locator("[data-value=divergence]").GetAttributeAsync("data-number"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Write both" }).ClickAsync();
        var plain = explored.Json("generate", explored.Model, Text, "--max-tokens", "6", "--seed", "3", "--temperature", "0.8",
            "--top-k", "0", "--top-p", "1").GetProperty("text").GetString()!;
        // What one writes is whole when the button to write is there again.
        await page.WaitForFunctionAsync("() => document.querySelectorAll('[data-written]:not(:empty)').length === 2");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Write both" })).ToBeVisibleAsync();
        Assert.Equal(plain, await WrittenAsync("intervene.as-it-is"));
        var changed = await WrittenAsync("intervene.changed");
        Assert.NotEqual(plain, changed);
        await ExploredModel.KeepAsync(page, "written-beside");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Predict" }).ClickAsync(); // which writes with the same changes
        await page.GetByRole(AriaRole.Button, new() { Name = "Write on" }).ClickAsync();
        await Assertions.Expect(page.Locator("#text")).ToHaveValueAsync(Text + changed);

        async Task<string> WrittenAsync(string name) => (await page.Locator($"[data-written=\"{name}\"]").TextContentAsync())!;
    }

    private static void Same(double expected, string? shown) =>
        Assert.Equal(expected, double.Parse(shown!, CultureInfo.InvariantCulture), 1e-9);
}
