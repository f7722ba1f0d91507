using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Training;

namespace Pellucid.Cli;

/// <summary>How a model goes on, while it is trained, from two beginnings of the validation text, always the same ones.</summary>
/// <param name="gpt">The model.</param>
/// <param name="run">Its tokens.</param>
/// <param name="stream">The text.</param>
/// <param name="every">Steps between them.</param>
/// <param name="seed">For what is drawn.</param>
internal sealed class TrainSamples(Gpt gpt, RunTokens run, TokenStream stream, int every, ulong seed)
{
    private const int Prompts = 2, PromptTokens = 12, MostTokens = 40;

    private readonly int[][] _prompts = [.. Enumerable.Range(0, Prompts).Select(index =>
        stream.Validation(index, Prompts)[..Math.Min(PromptTokens, (stream.SequenceLength + 1) / 2)].ToArray())];

    /// <summary>Writes them into the run's folder where it is time to.</summary>
    public void Write(int step, string folder)
    {
        if (step % every == 0)
            SampleFile.Add(folder, step, _prompts.Select(GoOn));
    }

    private WrittenSample GoOn(int[] prompt)
    {
        using var generator = new Generator(gpt);
        var sampler = new Sampler(new SamplingOptions { Temperature = 0.8f, Seed = seed }, run.Tokenizer.VocabularySize, run.Specials.Ends);
        var most = Math.Min(MostTokens, gpt.Context - prompt.Length);
        var written = generator.Generate(prompt, sampler, most, run.Specials.Ends).ToArray();
        return new WrittenSample(run.Tokenizer.Decode(prompt), run.Tokenizer.Decode(written), written.Length < most);
    }
}
