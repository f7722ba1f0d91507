using System.Globalization;
using Microsoft.Playwright;
using Pellucid.Tests;

namespace Pellucid.Web.Tests.Explorer;

/// <summary>Models that are not GPT-2: heads that share keys, neurons with gates, experts.</summary>
public sealed class FamiliesTests(ExploredModel explored) : IClassFixture<ExploredModel>
{
    private static readonly string[] Panels = ["predict", "layers", "attention", "neurons", "intervene", "circuits", "words", "train"];

    [Fact]
    public async Task Every_panel_shows_heads_in_groups_and_neurons_with_gates()
    {
        var page = await explored.OpenAsync(Model("qwen3"), "?panel=neurons&lang=en&theme=light");
        async Task<double> ShownAsync(string name) =>
            double.Parse((await page.Locator(name).First.TextContentAsync())!, CultureInfo.InvariantCulture);
        var (gate, value) = (await ShownAsync("[data-value=gate]"), await ShownAsync("[data-value=gated-value]"));
        var activation = await ShownAsync("[data-panel=neuron] .figure-row b");
        Assert.Equal(gate / (1 + Math.Exp(-gate)) * value, activation, 0.02); // SiLU lets the value through
        await page.GetByRole(AriaRole.Tab, new() { Name = "Attention" }).ClickAsync();
        await Assertions.Expect(page.Locator(".card").First).ToContainTextAsync("heads share keys and values");
        await page.Locator("[data-head=\"0.0\"]").First.WaitForAsync();
        Assert.Contains("· kv 0", (await page.Locator("[data-head=\"0.0\"]").GetAttributeAsync("title"))!, StringComparison.Ordinal);
        await VisitAsync(page);
    }

    [Fact]
    public async Task Experts_are_refused_by_the_neurons_panel_in_one_line_and_leave_the_others_alone()
    {
        var page = await explored.OpenAsync(Model("mixtral"), "?panel=neurons&lang=en&theme=light");
        await Assertions.Expect(page.Locator(".mud-tabs-panels [role=alert]")).ToContainTextAsync("experts");
        await VisitAsync(page);
    }

    // No panel breaks the page, whatever it refuses.
    private static async Task VisitAsync(IPage page)
    {
        foreach (var panel in Panels)
        {
            await page.GetByRole(AriaRole.Tab, new() { Name = char.ToUpperInvariant(panel[0]) + panel[1..] }).ClickAsync();
            await page.Locator(".mud-tabs-panels").Locator(".card h2, [role=alert]").First.WaitForAsync();
            await Assertions.Expect(page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        }
    }

    private static string Model(string family) => SharedData.Path($"llama/tiny-random-models/{family}/model.gguf");
}
