using Pellucid.Evaluation;
using Pellucid.Models;
using Pellucid.Tests.Models;
using Pellucid.Tokens;
using Pellucid.Worlds;

namespace Pellucid.Tests.Evaluation;

public sealed class ClozeTests
{
    private static readonly CharacterTokenizer Letters = CharacterTokenizer.FromText("abcdefghijklmnopqrstuvwxyz .?"u8);

    [Fact]
    public void Probabilities_are_those_of_the_models_logits_token_by_token()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend, SmallGpt.Config with { VocabularySize = Letters.VocabularySize });
        ClozeQuestion[] questions = [new("where is it", " here", [" there", " no"], "a"), new("who", "m", [], "b"),
            new("ab cd", " e", [" f"], "a")];
        var answers = Cloze.Ask(model.Gpt, Letters, questions);
        for (var i = 0; i < questions.Length; i++)
        {
            var (expected, said) = Expected(model, questions[i].Prompt, questions[i].Answer);
            Assert.Equal(expected, answers[i]!.Value.LogProbability, 4);
            Assert.Equal(said, answers[i]!.Value.Said);
            if (questions[i].Alternatives.Count == 0)
                Assert.Null(answers[i]!.Value.LogOdds);
            else
                Assert.Equal(expected - questions[i].Alternatives.Max(text => Expected(model, questions[i].Prompt, text).Sum),
                    answers[i]!.Value.LogOdds!.Value, 3);
        }
    }

    [Fact]
    public void What_the_model_would_say_is_what_it_is_right_about()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend, SmallGpt.Config with { VocabularySize = Letters.VocabularySize });
        var likeliest = Argmax(model.Logits(rows => rows.Add(Letters.Encode("where")))[^1]);
        ClozeQuestion Ask(int token) => new("where", Letters.Decode([token]), [], "");
        Assert.True(Cloze.Ask(model.Gpt, Letters, [Ask(likeliest)])[0]!.Value.Said);
        // A token in front is read like one of the prompt.
        var inFront = new ClozeQuestion(Ask(likeliest).Prompt[1..], Ask(likeliest).Answer, [], "");
        Assert.Equal(Cloze.Ask(model.Gpt, Letters, [Ask(likeliest)])[0]!.Value.LogProbability,
            Cloze.Ask(model.Gpt, Letters, [inFront], Letters.Encode(Ask(likeliest).Prompt)[0])[0]!.Value.LogProbability);
        Assert.False(Cloze.Ask(model.Gpt, Letters, [Ask((likeliest + 1) % Letters.VocabularySize)])[0]!.Value.Said);
        // Of a longer answer it may say the first token and not the second.
        var second = Argmax(model.Logits(rows => rows.Add(Letters.Encode("where" + Letters.Decode([likeliest]))))[^1]);
        var half = new ClozeQuestion("where", Letters.Decode([likeliest, (second + 1) % Letters.VocabularySize]), [], "");
        var answers = Cloze.Ask(model.Gpt, Letters, [half, Ask((likeliest + 1) % Letters.VocabularySize)]);
        Assert.Equal([(false, true), (false, false)], answers.Select(answer => (answer!.Value.Said, answer.Value.SaidFirst)));
        Assert.Equal((0, 1), (ClozeScore.Of("", answers).Correct, ClozeScore.Of("", answers).CorrectFirst));
    }

    [Fact]
    public void Prompts_that_come_in_pairs_answer_each_other()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "gifts.csv");
        File.WriteAllText(path, ",clean,corrupted,corrupted_hard\n7,\"Then, Ann and Bob met. Ann gave a ring to\",none,"
            + "\"Then, Ann and Bob met. Bob gave a ring to\"\n");
        var question = Assert.Single(ClozeFile.Read(path));
        Assert.Equal(("Then, Ann and Bob met. Ann gave a ring to", " Bob", " Ann", "gifts"),
            (question.Prompt, question.Answer, question.Alternatives.Single(), question.Group));
        File.WriteAllText(path, "clean,corrupted_hard\na b,a b\n");
        Assert.Contains("line 2 has prompts that do not differ in one word alone",
            Assert.Throws<InvalidDataException>(() => ClozeFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Questions_beyond_the_context_are_left_out_and_counted()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend, SmallGpt.Config with { VocabularySize = Letters.VocabularySize, Context = 8 });
        ClozeQuestion[] questions = [new("abcdefg", "hi", [], ""), new("abcdefg", "hij", [], ""), new("abc", "d", ["efghijk"], "")];
        var answers = Cloze.Ask(model.Gpt, Letters, questions);
        Assert.NotNull(answers[0]);
        Assert.Null(answers[1]);
        Assert.Null(answers[2]);
        Assert.Equal((1, 2), (ClozeScore.Of("", answers).Count, ClozeScore.Of("", answers).TooLong));
    }

    [Fact]
    public void Many_questions_have_the_answers_that_each_has_alone()
    {
        using var backend = TestBackends.Create("Vector128");
        using var model = new SmallGpt(backend, SmallGpt.Config with { VocabularySize = Letters.VocabularySize });
        var questions = Enumerable.Range(0, 200)
            .Select(i => new ClozeQuestion("the quick brown fox"[..(3 + i % 16)], "" + (char)('a' + i % 26), ["z?"], "")).ToArray();
        var together = Cloze.Ask(model.Gpt, Letters, questions);
        for (var i = 0; i < questions.Length; i += 17)
            Assert.Equal(Cloze.Ask(model.Gpt, Letters, [questions[i]])[0], together[i]);
    }

    [Fact]
    public void Scores_have_the_interval_of_Wilson_and_the_standard_error_of_the_mean()
    {
        var question = new ClozeQuestion("", "", [], "");
        var score = ClozeScore.Of("g",
            [.. Enumerable.Range(0, 100).Select(i => (ClozeAnswer?)new ClozeAnswer(question, i < 95, Math.Log(0.5), i % 2 == 0 ? 1 : -2))]);
        Assert.Equal(0.95, score.Accuracy);
        Assert.Equal(0.8882, score.Interval.Low, 4);
        Assert.Equal(0.9785, score.Interval.High, 4);
        Assert.Equal(0.5, score.Preferred);
        Assert.Equal(-0.5, score.LogOdds!.Value, 12);
        Assert.Equal(Math.Sqrt(100 * 2.25 / 99 / 100), score.LogOddsError!.Value, 12);
        Assert.Equal(0.5, score.Probability, 12);
    }

    [Fact]
    public void A_file_has_prompts_answers_and_alternatives()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("capitals.tsv");
        File.WriteAllText(path, "# capitals\nThe capital of Poland is\tWarsaw\tBerlin\tRome\n\nQ: a\\\\b?\\nA:\t x\n");
        var questions = ClozeFile.Read(path);
        Assert.Equal("The capital of Poland is", questions[0].Prompt);
        Assert.Equal((" Warsaw", "capitals"), (questions[0].Answer, questions[0].Group));
        Assert.Equal([" Berlin", " Rome"], questions[0].Alternatives);
        Assert.Equal(("Q: a\\b?\nA:", " x"), (questions[1].Prompt, questions[1].Answer));
    }

    [Theory]
    [InlineData("a\tb\nno answer\n", "line 2 is not a prompt and an answer with a tab between them")]
    [InlineData("a\t\n", "line 1 is not a prompt and an answer with a tab between them")]
    [InlineData("# nothing\n", "has no questions")]
    public void A_file_that_is_wrong_is_refused_with_the_line(string text, string message)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("wrong.tsv");
        File.WriteAllText(path, text);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => ClozeFile.Read(path)).Message, StringComparison.Ordinal);
    }

    private static (double Sum, bool Said) Expected(SmallGpt model, string prompt, string answer)
    {
        var (read, said) = (Letters.Encode(prompt).ToList(), true);
        var sum = 0.0;
        foreach (var token in Letters.Encode(answer))
        {
            var logits = model.Logits(rows => rows.Add([.. read]))[^1];
            sum += logits[token] - Math.Log(logits.Sum(value => Math.Exp(value)));
            said &= Argmax(logits) == token;
            read.Add(token);
        }
        return (sum, said);
    }

    private static int Argmax(float[] values) => Array.IndexOf(values, values.Max());
}
