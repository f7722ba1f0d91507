namespace Pellucid.Cli.Tests;

/// <summary>
/// What pages state is what their commands print: a sentence of the page, with # in the place of each number, and what the
/// command says there. A number must be right in all the digits it is given with; on registers of another width than those
/// the pages were written on, where training rounds otherwise, it may be off by so much.
/// </summary>
public sealed class StatedNumbersTests
{
    [Fact]
    public void Word_vectors()
    {
        using var page = new StatedPage("docs/word-vectors.md");
        page.Run("words train --data micro-world --letters --out runs/words.txt");
        var score = page.Run("words evaluate runs/words.txt --questions micro-world");
        page.States("Of the # questions about capitals and languages that the built-in world answers somewhere, these vectors answer # % "
            + "rightly", 4, score.GetProperty("total").GetDouble(), 100 * score.GetProperty("accuracy").GetDouble());
    }

    [Fact]
    public void Sizes_of_the_models_that_come_along()
    {
        using var tour = new StatedPage("docs/tour.md");
        var tiny = tour.Run("model show tiny");
        tour.States("columns with 2,048 tokens of its own, # parameters", 0, tiny.GetProperty("parameters").GetDouble());
        tour.States("parameters, in # MB", 0, 1e-6 * Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "tiny"))
            .Sum(file => new FileInfo(file).Length));
        using var readme = new StatedPage("README.md");
        var first = readme.Run("train --steps 1");
        readme.States("In about a minute on two cores, # parameters learn simple English", 0, first.GetProperty("parameters").GetDouble());
    }

    [Theory]
    [InlineData("capitals", "capitals",
        "| # | # % | # % of 4 | layer 0, # % of them by feed-forward | #, # ± #, #, # | # ± # %, # ± # % |")]
    [InlineData("upper-case", "upper case", "| # | # % | # % of 4 | layer 0, # % | #, # ± #, #, # | # ± # %, # ± # % |")]
    [InlineData("past-tense", "past tense",
        "| # | # % | # % of 5 | layer 0 (95 %), # % | #, # ± #, # ± 0.013, # | # ± # %, # ± # % |")]
    public void Relations_of_the_built_in_model(string task, string name, string row)
    {
        using var page = new StatedPage("docs/what-it-knows.md");
        var json = page.Run($"look relation tiny --task {task}");
        var prompts = json.GetProperty("prompts").EnumerateArray().ToArray();
        double Of(string standIn, string field) => json.GetProperty("repeats").EnumerateArray()
            .Single(one => one.GetProperty("stand_in").GetString() == standIn).GetProperty(field).GetDouble();
        var removed = json.GetProperty("removal").EnumerateArray().Single(one => one.GetProperty("removed").GetInt32() == 3);
        double Left(string field) => 100 * removed.GetProperty(field).GetDouble();
        var switched = prompts.Where(one => one.GetProperty("switch").GetInt32() >= 0).ToArray();
        page.States($"| {name} {row}", 3, prompts.Length, 100 * json.GetProperty("answered").GetDouble(),
            100 * json.GetProperty("answered_held_out").GetDouble(),
            100.0 * switched.Count(one => one.GetProperty("switch_is_feed_forward").GetBoolean()) / switched.Length,
            Of("unchanged", "answer_reciprocal_rank"), Of("vector", "answer_reciprocal_rank"),
            Of("vector", "answer_reciprocal_rank_standard_error"), Of("random", "answer_reciprocal_rank"),
            Of("shuffled", "answer_reciprocal_rank"), Left("abstractive_accuracy"), Left("abstractive_accuracy_standard_error"),
            Left("extractive_accuracy"), Left("extractive_accuracy_standard_error"));
        if (task == "past-tense")
            page.States("layer 0 (# %), 73 % | 0.009, 0.065 ± 0.027, 0.016 ± #", 5,
                100.0 * switched.Count(one => one.GetProperty("switch").GetInt32() == 0) / switched.Length,
                Of("random", "answer_reciprocal_rank_standard_error"));
        if (task == "capitals")
            page.States("(mean rank # before, # with o, # with random vectors)", 5, Of("unchanged", "answer_rank"),
                Of("vector", "answer_rank"), Of("random", "answer_rank"));
    }

    [Fact]
    public void Beliefs_of_the_built_in_model()
    {
        using var page = new StatedPage("docs/what-it-knows.md");
        var scenarios = page.Run("evaluate beliefs tiny --items 32").GetProperty("scenarios").EnumerateArray().ToArray();
        double[] Of(string task, string scenario) => [.. scenarios.Where(one => one.GetProperty("task").GetString() == task
                && one.GetProperty("scenario").GetString() == scenario && one.GetProperty("asks").GetString() == "belief")
            .SelectMany(one => (double[])[100 * one.GetProperty("right").GetDouble(),
                100 * one.GetProperty("right_standard_error").GetDouble()])];
        double[] All(string task, params string[] asked) => [.. asked.SelectMany(scenario => Of(task, scenario))];
        double[] Reality(string task)
        {
            var right = scenarios.Where(one => one.GetProperty("task").GetString() == task
                && one.GetProperty("asks").GetString() == "reality").Select(one => 100 * one.GetProperty("right").GetDouble()).ToArray();
            return [right.Min(), right.Max()];
        }
        page.States("| transfer, right | # ± # % | present # ± # %, informed # ± # %, not moved # ± # % | # to # % |", 3,
            [.. All("transfer", "false belief", "present", "informed", "not moved"), .. Reality("transfer")]);
        page.States("| contents, right | # ± # % | open # ± # %, correct label # ± # %, informed # ± # % | # to # % |", 3,
            [.. All("contents", "false belief", "open", "correct label", "informed"), .. Reality("contents")]);
    }
}
