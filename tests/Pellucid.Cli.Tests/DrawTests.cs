using System.Xml.Linq;
using Pellucid.Worlds;

namespace Pellucid.Cli.Tests;

public sealed class DrawTests : IDisposable
{
    private const string Unicorn = """
        \begin{tikzpicture}
        % Head
        \fill[pink] (0,0) circle (0.5);
        % Horn
        \fill[orange] (-0.1,0.4) -- (0,1.3) -- (0.1,0.4) -- cycle;
        \wobble (1,1);
        \end{tikzpicture}
        """;

    private readonly PellucidProcess _pellucid = new();

    public DrawTests() => _pellucid.File("unicorn.tex", Unicorn);

    [Fact]
    public void A_drawing_is_written_and_what_is_not_understood_is_told()
    {
        var outcome = _pellucid.Run("draw", "tikz", "unicorn.tex", "--out", "unicorn.svg");
        Assert.Equal(0, outcome.Code);
        Assert.Contains("2 of 3 statements are understood", outcome.Output, StringComparison.Ordinal);
        Assert.Contains(@"line 6, column 1: '\wobble' is not understood", outcome.Output, StringComparison.Ordinal);
        Assert.Equal("svg", XDocument.Load(Path.Combine(_pellucid.Folder, "unicorn.svg")).Root!.Name.LocalName);
        var json = _pellucid.Run("draw", "tikz", "unicorn.tex", "--out", "unicorn.png", "--check", "horn,head", "--json").Json;
        Assert.Equal((3, 2), (json.GetProperty("statements").GetInt32(), json.GetProperty("understood").GetInt32()));
        Assert.True(json.GetProperty("check").GetProperty("attached").GetBoolean());
        Assert.Equal(0, json.GetProperty("check").GetProperty("gap").GetDouble());
        Assert.Equal([0x89, .. "PNG"u8], File.ReadAllBytes(Path.Combine(_pellucid.Folder, "unicorn.png"))[..4]);
    }

    [Fact]
    public void Parts_are_named_by_comments_or_by_lines()
    {
        var check = _pellucid.Run("draw", "tikz", "unicorn.tex", "--part", "skull=3", "spike=5-5", "--check", "skull,spike", "--json").Json
            .GetProperty("check");
        Assert.Equal(check.ToString(), _pellucid.Run("draw", "tikz", "unicorn.tex", "--check", "skull=3,spike=5-5", "--json").Json
            .GetProperty("check").ToString());
        Assert.False(check.GetProperty("attached").GetBoolean()); // a head does not point away from its horn
        Assert.True(check.GetProperty("touches").GetBoolean());
        TrainTests.AssertRefused(_pellucid.Run("draw", "tikz", "unicorn.tex", "--check", "hoof,head"), 1,
            "unicorn.tex: nothing is drawn under a comment with 'hoof'; --part hoof=FIRST-LAST names its lines");
        TrainTests.AssertRefused(_pellucid.Run("draw", "tikz", "unicorn.tex", "--part", "horn"), 2,
            "--part is 'horn'; it is a name and lines, such as horn=12-14");
        TrainTests.AssertRefused(_pellucid.Run("draw", "tikz", "unicorn.tex", "--check", "horn"), 2,
            "--check is 'horn'; it is two parts, such as horn,head");
        TrainTests.AssertRefused(_pellucid.Run("draw", "tikz", "unicorn.tex", "--out", "unicorn.pdf"), 2,
            "--out is 'unicorn.pdf'; its name ends in .svg or .png");
    }

    [Fact]
    public void A_model_goes_on_with_a_drawing_and_what_it_draws_is_measured()
    {
        var animal = Animal.Of(7, 3, heldOut: true);
        _pellucid.File("animal.tex", animal.WithoutHorn);
        var head = 1 + animal.Parts.Select(part => part.Name).ToList().IndexOf("head");
        var drawn = _pellucid.Run("draw", "tikz", "animal.tex", "--model", "unicorn", "--part", $"head={head}", "horn=7",
            "--check", "horn,head", "--out", "unicorn.svg", "--json").Json;
        Assert.EndsWith("--cycle;", drawn.GetProperty("written").GetString()!.Trim(), StringComparison.Ordinal);
        Assert.Equal((7, 7), (drawn.GetProperty("statements").GetInt32(), drawn.GetProperty("understood").GetInt32()));
        Assert.True(drawn.GetProperty("check").GetProperty("attached").GetBoolean());
        Assert.True(File.Exists(Path.Combine(_pellucid.Folder, "unicorn.svg")));
    }

    [Fact]
    public void A_model_that_writes_no_drawing_is_told_of_and_not_refused()
    {
        var words = _pellucid.Run("draw", "tikz", "--prompt", "Draw a unicorn in TikZ.", "--model", "tiny",
            "--max-tokens", "20", "--json").Json;
        Assert.Equal((0, 0), (words.GetProperty("understood").GetInt32(), words.GetProperty("shapes").GetInt32()));
        Assert.NotEmpty(words.GetProperty("written").GetString()!);
        Assert.DoesNotContain("Draw a unicorn", words.GetProperty("written").GetString(), StringComparison.Ordinal);
        foreach (var given in (string[][])[[], ["unicorn.tex", "--prompt", "x", "--model", "tiny"], ["--prompt", "x"]])
            TrainTests.AssertRefused(_pellucid.Run(["draw", "tikz", .. given]), 2,
                "what is to be drawn is a FILE, or --prompt TEXT with --model MODEL, which writes it");
        TrainTests.AssertRefused(_pellucid.Run("draw", "tikz", "--prompt", "", "--model", "tiny"), 2,
            "--prompt is empty; a model goes on from something");
    }

    [Fact]
    public void A_file_of_which_nothing_is_understood_is_refused()
    {
        _pellucid.File("notes.md", "# Notes\n\nSee \\section{this}.\n");
        var outcome = _pellucid.Run("draw", "tikz", "notes.md", "--out", "notes.svg");
        Assert.Equal(1, outcome.Code);
        Assert.StartsWith("pellucid: notes.md, nothing of it is understood: line 1, column 1: ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Error.Count(letter => letter == '\n'));
        Assert.False(File.Exists(Path.Combine(_pellucid.Folder, "notes.svg")));
        _pellucid.File("one.tex", "\\draw (0,0) -- (1,1);");
        TrainTests.AssertRefused(_pellucid.Run("draw", "tikz", "one.tex", "--part", "horn=1"), 2,
            "--part names 'horn', which --check does not ask about");
    }

    [Fact]
    public void A_file_that_asks_for_too_much_is_refused_with_its_place()
    {
        _pellucid.File("loop.tex", "\n\\def\\a{\\a\\a}\\a");
        TrainTests.AssertRefused(_pellucid.Run("draw", "tikz", "loop.tex"), 1,
            "loop.tex, line 2, column 8: commands stand for commands more than 50 deep");
    }

    public void Dispose() => _pellucid.Dispose();
}
