using System.Globalization;
using System.Text.Json;
using Pellucid.Conversations;

namespace Pellucid.Tests.Conversations;

/// <summary>Our Jinja beside Python's, on records of what that makes of templates.</summary>
public sealed class JinjaTests
{
    private const int Renderings = 4329, Traps = 559;

    // No known chat template needs these: Unicode's names of characters, links and line breaks for web pages, filler text.
    private static readonly string[] NotSupported = ["literal/string-named-escape", "filter/urlize", "filter/wordwrap", "global/lipsum"];

    [Fact]
    public void Every_rendering_of_published_templates_is_the_one_of_Jinja2()
    {
        var (rendered, rows) = (RenderedTemplates.Load(), 0);
        var differences = new List<string>();
        foreach (var row in rendered.Rows)
        {
            rows++;
            if (rendered.Difference(row) is { } difference)
                differences.Add(difference);
        }
        Assert.Equal(Renderings, rows);
        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences.Take(20))}");
    }

    [Fact]
    public void Every_trap_of_Jinja2_is_passed_but_those_that_are_named_here()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("llama/chat-templates/jinja-mini.json")),
            new JsonDocumentOptions { MaxDepth = 500 });
        var now = DateTime.Parse(json.RootElement.GetProperty("now").GetString()!.TrimEnd('Z'), CultureInfo.InvariantCulture);
        var (traps, differences) = (0, new List<string>());
        foreach (var trap in json.RootElement.GetProperty("templates").EnumerateArray())
        {
            traps++;
            if (NotSupported.Contains(trap.GetProperty("name").GetString()))
                Assert.NotNull(Difference(trap, now));
            else if (Difference(trap, now) is { } difference)
                differences.Add($"{trap.GetProperty("name")}{(trap.TryGetProperty("rare", out _) ? " (rare)" : "")}: "
                    + $"{trap.GetProperty("template")}: {difference}");
        }
        Assert.Equal(Traps, traps);
        Assert.True(differences.Count == 0, $"{differences.Count} differ:\n{string.Join('\n', differences)}");
    }

    private static string? Difference(JsonElement trap, DateTime now)
    {
        try
        {
            var template = ChatTemplate.Parse(trap.GetProperty("template").GetString()!);
            return RenderedTemplates.Difference(trap, template.RenderVariables(trap.GetProperty("variables"), now));
        }
        catch (Exception error) when (error is ArgumentException or InvalidDataException)
        {
            if (!trap.TryGetProperty("error", out var expected))
                return error.Message;
            return trap.GetProperty("error_class").GetString() == "TemplateError"
                && (error is not ArgumentException || error.Message != expected.GetString()) ? error.Message : null;
        }
    }
}
