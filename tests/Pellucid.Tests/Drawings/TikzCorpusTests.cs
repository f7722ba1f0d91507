using System.Text;
using System.Text.Json;
using Pellucid.Drawings;

namespace Pellucid.Tests.Drawings;

/// <summary>Drawings that GPT-4 has made, of apples, toasters and animals.</summary>
public sealed class TikzCorpusTests
{
    [Fact]
    public void Nearly_all_of_what_a_large_model_draws_is_understood()
    {
        var (programs, whole, statements, understood) = (0, 0, 0, 0);
        foreach (var line in File.ReadLines(SharedData.Path("tikz/tikz-gpt4/gpt4.jsonl"), Encoding.UTF8))
        {
            using var json = JsonDocument.Parse(line);
            programs++;
            if (Read(json.RootElement.GetProperty("code").GetString()!) is not { } drawing)
                continue;
            whole += drawing.Problems.Count == 0 && drawing.Shapes.Count > 0 ? 1 : 0;
            statements += drawing.Statements;
            understood += drawing.Understood;
        }
        Assert.True(programs > 1800 && whole >= 0.95 * programs, $"{whole} of {programs} programs are understood");
        Assert.True(understood >= 0.98 * statements, $"{understood} of {statements} statements are understood");
    }

    // One of them asks for more than is given to a file.
    private static TikzDrawing? Read(string code)
    {
        try
        {
            return TikzDrawing.Parse(code);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
