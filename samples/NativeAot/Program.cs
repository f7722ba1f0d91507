using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Pellucid.Generation;
using Pellucid.Models;
using Pellucid.Tensors.Cpu;
using Pellucid.Tokens;
using Pellucid.Training;

// The library in one native executable: trains a small model on a few lines, lets it write, and prints a hash of its
// weights. Compiled ahead of time and just in time it must print the same.
var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("the cat sat on the mat. the dog sat on the log. ", 40)));
var tokenizer = CharacterTokenizer.FromText(text);
var tokens = new List<int>();
tokenizer.Encode(text, tokens);

using var backend = CpuBackend.Create();
using var gpt = new Gpt(
    new GptConfig { VocabularySize = tokenizer.VocabularySize, Context = 32, Layers = 2, Heads = 2, Width = 32 }, backend);
gpt.Initialize(seed: 1);
using var trainer = new Trainer(gpt, new TokenStream([.. tokens], 32),
    new TrainingOptions { Steps = 60, Batch = 8, LearningRate = 1e-2f, Warmup = 5, EvaluateBatches = 2 });
var loss = 0.0;
trainer.Run(report => loss = report.TrainLoss ?? loss);

var weights = new float[gpt.Parameters.Total];
backend.Read(gpt.Parameters.AllValues, weights);
using var generator = new Generator(gpt);
var written = tokenizer.Decode([.. generator.Generate(tokenizer.Encode("the "), new Sampler(new SamplingOptions { Temperature = 0 }), 20)]);

Console.Error.WriteLine(RuntimeFeature.IsDynamicCodeSupported ? "compiled just in time" : "compiled ahead of time");
Console.WriteLine($"kernel {backend.Instructions}");
Console.WriteLine($"loss {loss:R}");
Console.WriteLine(
    $"weights {Convert.ToHexStringLower(SHA256.HashData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(weights)))}");
Console.WriteLine($"the {written}");
