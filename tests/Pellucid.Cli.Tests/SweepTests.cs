using Pellucid.Tests;

namespace Pellucid.Cli.Tests;

/// <summary><c>scale sweep</c>: a tiny grid, alone, taken up again, and shared by ranks.</summary>
public sealed class SweepTests
{
    private static readonly string[] Words =
    [
        "scale", "sweep", "--widths", "8", "16", "24", "--held-out", "32", "--layers", "1", "--context", "16", "--batch", "4",
        "--tokens", "2560", "5120", "10240", "--out", "sweep", "--json",
    ];

    [Fact]
    public void A_sweep_fits_a_law_to_what_it_trains_and_says_how_far_off_it_is_for_a_larger_model()
    {
        using var pellucid = new PellucidProcess();
        var json = pellucid.Run([.. Words, "--threads", "1"]).Json;
        Assert.Equal(9, json.GetProperty("runs").GetInt32());
        var heldOut = json.GetProperty("held_out");
        var (loss, predicted) = (heldOut.GetProperty("loss").GetDouble(),
            heldOut.GetProperty("predicted").GetProperty("value").GetDouble());
        Assert.InRange(loss, 1, 5);
        Assert.Equal(predicted / loss - 1, heldOut.GetProperty("error").GetDouble(), 1e-12);
        Assert.InRange(heldOut.GetProperty("error").GetDouble(), -0.2, 0.2);
        // Ten trainings in a table that scale fit reads; of one size, more tokens are better.
        var lines = File.ReadAllLines(pellucid.File("sweep/runs.csv"));
        Assert.Equal(11, lines.Length);
        foreach (var size in lines.Skip(1).Select(line => line.Split(',')).GroupBy(cells => cells[0]))
            Assert.Equal(size.OrderBy(cells => int.Parse(cells[1])), size.OrderByDescending(cells => double.Parse(cells[2])));
        Assert.Equal(10, pellucid.Run("scale", "fit", "--data", "sweep/runs.csv", "--bootstrap", "0", "--json").Json
            .GetProperty("runs").GetInt32());
        // A training that a kill took away is made again, to the same loss, and the others are not.
        File.WriteAllLines(pellucid.File("sweep/runs.csv"), [.. lines[..^1], lines[^1][..9]]);
        var again = pellucid.Run([.. Words, "--threads", "1"]);
        Assert.Contains("9 of 10 trainings were done before", again.Error, StringComparison.Ordinal);
        Assert.Equal(json.ToString(), again.Json.ToString());
        // And it goes on as it was begun, or not at all.
        foreach (var other in (string[][])[["--seed", "2"], ["--tokens", "20480"]])
        {
            var refused = pellucid.Run([.. Words, .. other]);
            Assert.Equal(2, refused.Code);
            Assert.Contains("the sweep was begun with", refused.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Ranks_share_the_trainings_and_find_the_same_law()
    {
        var launcher = MpiLauncher.Find(MpiLauncher.OpenMpi);
        using var pellucid = new PellucidProcess();
        var alone = pellucid.Run([.. Words, "--threads", "1"]).Json;
        Directory.Delete(pellucid.File("sweep"), recursive: true);
        var shared = launcher.Run(pellucid.Folder, 2, [TestedCommand.Path, .. Words]).Json;
        Assert.Equal(alone.GetProperty("held_out").ToString(), shared.GetProperty("held_out").ToString());
        Assert.Equal(2, shared.GetProperty("ranks").GetInt32());
        Assert.InRange(File.ReadAllLines(pellucid.File("sweep/runs.1.csv")).Length, 3, 10);
    }

    [Theory]
    [InlineData("--tokens|100|200|400", "tokens are 2 steps of 4 sequences: at least 10 are needed")]
    [InlineData("--widths|8", "are too few: a law needs two of each, and 6 runs")]
    [InlineData("--held-out|16", "the model that is to be predicted is to be larger than those of the sweep")]
    [InlineData("--widths|8|13", "a model of 13 columns is none of a sweep: columns are multiples of 8")]
    public void What_is_no_sweep_is_refused_in_a_line(string other, string message)
    {
        using var pellucid = new PellucidProcess();
        var words = other.Split('|');
        var (at, end) = (Array.IndexOf(Words, words[0]), 0);
        for (end = at + 1; !Words[end].StartsWith('-'); end++)
        {
        }
        var outcome = pellucid.Run([.. Words[..at], .. words, .. Words[end..]]);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(message, outcome.Error.Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.False(Directory.Exists(pellucid.File("sweep")));
    }
}
